/**
 * The one adapter between a command's specification and the words on the command line. Unknown, missing and surplus
 * words are refused with what would be right; nothing is guessed.
 */
import { parseArgs } from 'node:util';
import type { AnyCommand, ArgumentSpec, ArgumentSpecs } from './command.ts';
import type { Say } from './language.ts';
import { nearest, usageError } from './usage-errors.ts';

/** Arguments that every command takes. `--help` is answered before a command's words are looked at. */
const COMMON: ArgumentSpecs = { json: { type: 'boolean', summary: 'usage.json' } };

type Value = boolean | string | readonly string[] | null;

export interface ParsedArguments {
  readonly values: Readonly<Record<string, Value>>;
  readonly json: boolean;
}

/** Reads the words after the command's name. Throws `usage`. */
export function parseArguments(
  name: string,
  command: Pick<AnyCommand, 'args' | 'positionals'>,
  words: readonly string[],
  say: Say,
): ParsedArguments {
  const specs = { ...COMMON, ...command.args };
  const hint = say('usage.see-help', { command: `sovfn ${name}` });
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(Object.entries(specs).map(([key, spec]) => [key, parserOption(spec)])),
    strict: false,
    tokens: true,
  });
  const given: string[] = [];
  const values: Record<string, Value> = Object.fromEntries(
    Object.entries(specs).map(([key, spec]) => [key, absentValue(spec)]),
  );
  for (const token of tokens) {
    if (token.kind === 'positional') given.push(token.value);
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name]! : null;
    if (spec === null) throw unknownOption(token.rawName, specs, say, hint);
    values[token.name] = addValue({ spec, before: values[token.name]!, token, say, hint });
  }
  const { json, ...own } = values;
  return { values: { ...own, ...assignPositionals(given, command, say, hint) }, json: json === true };
}

function parserOption(spec: ArgumentSpec): { type: 'boolean' | 'string'; short?: string } {
  const type = spec.type === 'boolean' ? 'boolean' : 'string';
  return spec.short === undefined ? { type } : { type, short: spec.short };
}

function absentValue(spec: ArgumentSpec): Value {
  if (spec.type === 'boolean') return false;
  return spec.type === 'strings' ? [] : null;
}

function addValue(option: {
  spec: ArgumentSpec;
  before: Value;
  token: { rawName: string; value: string | undefined };
  say: Say;
  hint: string;
}): Value {
  const { spec, before, token, say, hint } = option;
  if (spec.type === 'boolean') {
    if (token.value !== undefined) throw usageError(say('usage.no-value', { option: token.rawName }), hint);
    return true;
  }
  if (token.value === undefined) throw usageError(say('usage.value-missing', { option: token.rawName }), hint);
  if (spec.type === 'strings') return [...(before as readonly string[]), token.value];
  if (before !== null) throw usageError(say('usage.given-twice', { option: token.rawName }), hint);
  return token.value;
}

function unknownOption(written: string, specs: ArgumentSpecs, say: Say, hint: string) {
  const near = nearest(
    written,
    Object.keys(specs).map((key) => `--${key}`),
  );
  const message = say('usage.unknown-option', { option: written });
  return usageError(message, near === null ? hint : say('usage.did-you-mean', { name: near }));
}

function assignPositionals(
  given: readonly string[],
  command: Pick<AnyCommand, 'positionals'>,
  say: Say,
  hint: string,
): Record<string, string | null> {
  const specs = Object.entries(command.positionals);
  if (given.length > specs.length) {
    throw usageError(say('usage.surplus-word', { word: given[specs.length]! }), hint);
  }
  const assigned = specs.map(([name, spec], position) => {
    const value = given[position] ?? null;
    if (value === null && spec.optional !== true) throw usageError(say('usage.word-missing', { name }), hint);
    return [name, value] as const;
  });
  return Object.fromEntries(assigned);
}
