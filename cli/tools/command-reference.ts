/** The page `docs/reference/cli.md`, made of the specifications that `--help` is made of. */
import type { AnyCommand, ArgumentSpec } from '../src/command.ts';
import { COMMANDS, type CommandEntry } from '../src/commands/index.ts';
import { loadMessages, makeSay, type Say } from '../src/language.ts';

const SECTIONS: readonly (readonly [CommandEntry['section'], string])[] = [
  ['function', 'Functions'],
  ['events', 'Events'],
  ['platform', 'The platform'],
  ['general', 'General'],
];

const HEAD = `# Command line

Generated from the commands themselves; \`npm run generate -w sovfn\` writes this page. \`sovfn <command> --help\` says the same, in French where
the locale is French.

Every command takes \`--json\`, which prints its result for programs ([which fields it has](json.md)), and \`--help\`. Results go to stdout, progress and errors to
stderr. The exit code is 0, 1 for what you can mend, 70 for what the platform got wrong. \`SOVFN_URL\` and \`SOVFN_TOKEN\` name the
platform and the token; without them it is the one that \`sovfn up\` started last. Commands that only operators may use ask the
[operator's listener](../access.md#two-listeners), which \`SOVFN_OPERATOR_URL\` and \`SOVFN_OPERATOR_TOKEN\` name.`;

export async function commandReference(): Promise<string> {
  const say = makeSay(await loadMessages('en'));
  const commands = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, { section, summary, load }]) => {
      return { section, text: textOf(name, say(summary), await load(), say) };
    }),
  );
  const sections = SECTIONS.flatMap(([section, title]) => {
    return [`## ${title}`, ...commands.filter((command) => command.section === section).map(({ text }) => text)];
  });
  return `${[HEAD, ...sections].join('\n\n')}\n`;
}

function textOf(name: string, summary: string, { args, positionals, examples }: AnyCommand, say: Say): string {
  const words = Object.entries(positionals).map(([word, { optional }]) =>
    optional === true ? `[${word}]` : `<${word}>`,
  );
  const rows = [
    ...Object.entries(positionals).map(([word, spec]) => [`\`${word}\``, textCell(say(spec.summary))]),
    ...Object.entries(args).map(([option, spec]) => [optionOf(option, spec), textCell(say(spec.summary))]),
  ].map((cells) => `| ${cells.join(' | ')} |`);
  return [
    `### sovfn ${name}`,
    `${summary}: \`${['sovfn', name, ...words, ...(Object.keys(args).length === 0 ? [] : ['[options]'])].join(' ')}\``,
    ...(rows.length === 0 ? [] : [['| | |', '|---|---|', ...rows].join('\n')]),
    ['```sh', ...examples.map((example) => `sovfn ${example}`), '```'].join('\n'),
  ].join('\n\n');
}

function textCell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll('<', '&lt;');
}

function optionOf(option: string, { short, value, type }: ArgumentSpec): string {
  const written = value === undefined ? `--${option}` : `--${option} <${value}>`;
  const several = type === 'strings' ? ', several times' : '';
  return `${short === undefined ? '' : `\`-${short}\`, `}\`${written}\`${several}`;
}
