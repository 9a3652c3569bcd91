/** The texts of `--help`, made from the commands' specifications. */
import type { AnyCommand } from './command.ts';
import { COMMANDS, commandsOfGroup, type CommandEntry } from './commands/index.ts';
import type { Say } from './language.ts';
import type { Output } from './output.ts';
import { GAP, LEAST_ROOM, wrapWords } from './table.ts';

/** Where it is shown: as wide as the terminal at most. */
type Screen = Pick<Output, 'paint' | 'width'>;
/** What is written, and what it means. */
type Row = readonly [left: string, right: string];

const SECTIONS: readonly CommandEntry['section'][] = ['function', 'events', 'platform', 'general'];

/** `sovfn --help`: every command in one line. */
export function overview(say: Say, screen: Screen): string {
  const width = columnWidth(Object.keys(COMMANDS));
  const sections = SECTIONS.map((section) => {
    const names = Object.keys(COMMANDS).filter((name) => COMMANDS[name]!.section === section);
    return block(say(`help.section.${section}`), summaryRows(names, say), screen, width);
  });
  return [
    screen.paint.bold(say('help.tagline')),
    `${say('help.usage')} sovfn ${say('help.command-placeholder')}`,
    ...sections,
    say('help.more'),
  ].join('\n\n');
}

/** `sovfn outputs`: the commands of a group. */
export function groupHelp(group: string, say: Say, screen: Screen): string {
  const names = commandsOfGroup(group);
  const usage = `${say('help.usage')} sovfn ${group} ${say('help.command-placeholder')}`;
  return [usage, block(say('help.commands'), summaryRows(names, say), screen, columnWidth(names))].join('\n\n');
}

/** `sovfn deploy --help`: what one command does, takes, and how it is used. */
export function commandHelp(name: string, command: AnyCommand, say: Say, screen: Screen): string {
  const words = Object.entries(command.positionals).map(([word, spec]) => (spec.optional ? `[${word}]` : `<${word}>`));
  const positionals = Object.entries(command.positionals).map(([word, spec]): Row => [word, say(spec.summary)]);
  const options = optionRows(command, say);
  const width = columnWidth([...positionals, ...options].map(([left]) => left));
  const usage = ['sovfn', name, ...words, say('help.options-placeholder')].join(' ');
  return [
    screen.paint.bold(say(COMMANDS[name]!.summary)),
    `${say('help.usage')} ${usage}`,
    ...(positionals.length > 0 ? [block(say('help.arguments'), positionals, screen, width)] : []),
    block(say('help.options'), options, screen, width),
    block(
      say('help.examples'),
      command.examples.map((example) => [`sovfn ${example}`, '']),
      screen,
      0,
    ),
  ].join('\n\n');
}

function optionRows(command: AnyCommand, say: Say): Row[] {
  const own = Object.entries(command.args).map(([key, spec]): Row => {
    const short = spec.short === undefined ? '    ' : `-${spec.short}, `;
    const value = spec.value === undefined ? '' : ` <${spec.value}>`;
    return [`${short}--${key}${value}`, say(spec.summary)];
  });
  return [...own, ['    --json', say('usage.json')], ['-h, --help', say('usage.help')]];
}

function summaryRows(names: readonly string[], say: Say): Row[] {
  return names.map((name) => [name, say(COMMANDS[name]!.summary)]);
}

function columnWidth(lefts: readonly string[]): number {
  return Math.max(...lefts.map((left) => left.length));
}

function block(title: string, rows: readonly Row[], { paint, width: screen }: Screen, width: number): string {
  const before = width + 2 * GAP.length;
  const room = screen === null ? Infinity : Math.max(screen - before, LEAST_ROOM);
  const lines = rows.flatMap(([left, right]) => {
    const [first = '', ...more] = wrapWords(right, room);
    const written = `${GAP}${paint.cyan(left.padEnd(width))}${GAP}${first}`.trimEnd();
    return [written, ...more.map((line) => `${' '.repeat(before)}${line}`)];
  });
  return [paint.bold(title), ...lines].join('\n');
}
