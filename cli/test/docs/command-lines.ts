/** Finds `sovfn …` in lines of a shell, and asks the parser of the command line itself what it thinks of them. */
import { COMMANDS, commandsOfGroup } from '../../src/commands/index.ts';
import { loadMessages, makeSay } from '../../src/language.ts';
import { parseArguments } from '../../src/parse-arguments.ts';

const say = makeSay(await loadMessages('en'));
/** A word of a shell: quoted parts, escapes, other characters; or an operator between commands. */
const WORDS = /((?:"[^"]*"|'[^']*'|\\.|[^\s"'\\;|&<>])+)|(\|\||&&|[;|&])|[<>]+\s*\S+/g;

/** The words behind each `sovfn` of the text, which may be several lines. */
export function commandLines(script: string): string[][] {
  const lines = script.replaceAll('\\\n', ' ').split('\n');
  return lines.flatMap((line) => {
    const commands: string[][] = [[]];
    for (const [, word, operator] of withoutComment(line).matchAll(WORDS)) {
      if (word !== undefined) commands.at(-1)!.push(word.replaceAll(/^["']|["']$/g, ''));
      if (operator !== undefined) commands.push([]);
    }
    return commands.flatMap((words) => {
      const at = words.findIndex((word) => (words[0] === 'sudo' ? word.endsWith('/bin/sovfn') : word === 'sovfn'));
      return at < 0 || /^(?:git|cd)$/.test(words[0]!) ? [] : [words.slice(at + 1)];
    });
  });
}

/** Throws what a user would be told. */
export async function checkCommandLine(words: readonly string[]): Promise<void> {
  if (words.includes('--help') || words.includes('--version')) return;
  const name = commandOf(words);
  parseArguments(name, await COMMANDS[name]!.load(), words.slice(name.split(' ').length), say);
}

/** What is said in a sentence may leave out what a command must be given. Throws when there is no such command or option. */
export async function checkMention(words: readonly string[]): Promise<void> {
  if (words.length === 1 && commandsOfGroup(words[0]!).length > 0) return;
  const { args } = await COMMANDS[commandOf(words)]!.load();
  const known = [...Object.keys(args), 'json', 'help'];
  const unknown = words.find((word) => word.startsWith('--') && !known.includes(word.slice(2).split('=')[0]!));
  if (unknown !== undefined) throw new Error(`there is no option ${unknown}`);
}

function commandOf(words: readonly string[]): string {
  const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find((one) => Object.hasOwn(COMMANDS, one));
  if (name === undefined) throw new Error('there is no such command');
  return name;
}

function withoutComment(line: string): string {
  return line.replace(/(?:^|\s)#.*$/, '');
}
