/** Holds what a command printed with `--json` against the schema that is documented for it, whatever the test is about. */
import { isDeepStrictEqual } from 'node:util';
import { problemSchema } from '@sovfn/protocol';
import type { z } from 'zod';
import { EXIT, type ExitCode } from '../src/command.ts';
import { COMMANDS } from '../src/commands/index.ts';
import { JSON_RESULTS } from '../src/json/index.ts';

const PROBLEM = 'urn:sovfn:error:';

/** Throws when it is something else, when it has a field more or less, or when nothing was printed. */
export function assertDocumented(argv: readonly string[], code: ExitCode, stdout: string): void {
  const command = [argv.slice(0, 2).join(' '), argv[0] ?? ''].find((name) => Object.hasOwn(COMMANDS, name));
  if (command === undefined || !argv.includes('--json')) return;
  if (argv.includes('--help') || argv.includes('-h')) return;
  const { document, lines } = JSON_RESULTS[command]!;
  const streams = lines !== null && (document === null || argv.includes('--follow'));
  const printed = streams ? stdout.split('\n').filter((line) => line !== '') : [stdout];
  for (const text of printed) {
    if (text === '' && code !== EXIT.ok) continue;
    assertFits(`sovfn ${argv.join(' ')}`, JSON.parse(text), streams ? lines : document!);
  }
}

function assertFits(what: string, value: unknown, documented: z.ZodType): void {
  const isProblem = (value as { type?: unknown }).type?.toString().startsWith(PROBLEM) === true;
  const parsed = (isProblem ? problemSchema : documented).safeParse(value);
  if (parsed.success && isDeepStrictEqual(parsed.data, value)) return;
  const why = parsed.success ? `it has fields that the schema does not have` : parsed.error.message;
  throw new Error(`\`${what}\` prints what docs/reference/json.md does not describe: ${why}\n${JSON.stringify(value)}`);
}
