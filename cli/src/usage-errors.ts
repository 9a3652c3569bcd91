/** Errors of the command line's own words: what was written, what is possible, what comes nearest. */
import type { SovfnError } from '@sovfn/protocol';
import { closest, distance } from 'fastest-levenshtein';
import { COMMANDS, commandsOfGroup } from './commands/index.ts';
import type { Say } from './language.ts';
import { TranslatedError } from './translated-error.ts';

/** A wrong word further away than this from every right one gets no suggestion. */
const FARTHEST_SUGGESTION = 3;

export function usageError(message: string, hint: string): SovfnError {
  return new TranslatedError('usage', message, { hint });
}

export function unknownCommand(words: readonly string[], say: Say): SovfnError {
  const [first = '', second] = words;
  const isGroup = commandsOfGroup(first).length > 0;
  const written = isGroup && second !== undefined ? `${first} ${second}` : first;
  const near = nearest(written, isGroup ? commandsOfGroup(first) : Object.keys(COMMANDS));
  const hint =
    near === null ? say('usage.see-help', { command: 'sovfn' }) : say('usage.did-you-mean', { name: `sovfn ${near}` });
  return usageError(say('usage.unknown-command', { command: written }), hint);
}

/** The name that is most like `written`, or null when none is alike. */
export function nearest(written: string, names: readonly string[]): string | null {
  if (names.length === 0) return null;
  const name = closest(written, names);
  return distance(written, name) <= FARTHEST_SUGGESTION ? name : null;
}
