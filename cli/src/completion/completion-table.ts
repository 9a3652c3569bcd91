/** What a shell can offer, made from the same specifications as help and parsing. */
import { COMMANDS } from '../commands/index.ts';
import type { Say } from '../language.ts';

export interface OfferedOption {
  /** With its dashes. */
  readonly name: string;
  /** One dash and a letter; null: none. */
  readonly short: string | null;
  readonly summary: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
}

export interface OfferedCommand {
  /** One word, or two for a command of a group. */
  readonly words: readonly [string] | readonly [string, string];
  readonly summary: string;
  readonly options: readonly OfferedOption[];
  /** Of its positionals together; empty: files are offered. */
  readonly choices: readonly string[];
}

export async function completionTable(say: Say): Promise<OfferedCommand[]> {
  const loading = Object.entries(COMMANDS).map(async ([name, { summary, load }]) => {
    const { args, positionals } = await load();
    const options = Object.entries(args).map(([key, spec]): OfferedOption => ({
      name: `--${key}`,
      short: spec.short === undefined ? null : `-${spec.short}`,
      summary: say(spec.summary),
      takesValue: spec.type !== 'boolean',
      choices: spec.choices ?? [],
    }));
    const none = { short: null, takesValue: false, choices: [] } as const;
    const json = { name: '--json', summary: say('usage.json'), ...none };
    const help = { name: '--help', summary: say('usage.help'), ...none, short: '-h' };
    return {
      words: name.split(' ') as unknown as OfferedCommand['words'],
      summary: say(summary),
      options: [...options, json, help],
      choices: Object.values(positionals).flatMap(({ choices = [] }) => choices),
    };
  });
  return Promise.all(loading);
}

/** First words, each once. A group has the summaries of none. */
export function firstWords(table: readonly OfferedCommand[]): { readonly word: string; readonly summary: string }[] {
  const found = new Map<string, string>();
  for (const { words, summary } of table) {
    if (words.length === 1) found.set(words[0], summary);
    else if (!found.has(words[0]))
      found.set(
        words[0],
        secondWords(table, words[0])
          .map(({ word }) => word)
          .join(', '),
      );
  }
  return [...found].map(([word, summary]) => ({ word, summary }));
}

/** Of a group's commands. */
export function secondWords(table: readonly OfferedCommand[], group: string): { word: string; summary: string }[] {
  return table.flatMap(({ words, summary }) =>
    words.length === 2 && words[0] === group ? [{ word: words[1], summary }] : [],
  );
}

export function groups(table: readonly OfferedCommand[]): string[] {
  return [...new Set(table.flatMap(({ words }) => (words.length === 2 ? [words[0]] : [])))];
}

/** As it may be written: long, and short where there is one. */
export const optionNames = ({ name, short }: OfferedOption): string[] => (short === null ? [name] : [name, short]);

/** Lines of a `case` of bash and zsh, in which two words are one command. */
export function twoWordCases(table: readonly OfferedCommand[]): string {
  const pairs = table.filter(({ words }) => words.length === 2).map(({ words }) => `'${words.join(' ')}'`);
  return pairs.map((pair) => `    ${pair}) command=${pair} ;;`).join('\n');
}
