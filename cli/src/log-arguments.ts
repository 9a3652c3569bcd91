/** Which entries of a log are asked for, from what was written on the command line. */
import { durationMs, durationSchema, logQuerySchema } from '@sovfn/protocol';
import type { LogRequest } from './api/control-client.ts';
import type { CommandContext } from './context.ts';
import { usageError } from './usage-errors.ts';

export interface WrittenLogQuery {
  readonly since: string | null;
  readonly until: string | null;
  readonly limit: string | null;
  readonly status: string | null;
  readonly method: string | null;
  readonly search: string | null;
  readonly version: string | null;
  readonly invocation: string | null;
  readonly event: string | null;
  readonly level: string | null;
}

/** Throws `usage`, naming the option and what it takes. */
export function readLogQuery(
  written: WrittenLogQuery,
  { follow }: { readonly follow: boolean },
  context: Pick<CommandContext, 'say'>,
): LogRequest {
  const { say } = context;
  const query: Record<string, string> = {};
  for (const [option, value] of Object.entries(written) as [keyof WrittenLogQuery, string | null][]) {
    if (value === null) continue;
    if (follow && (option === 'until' || option === 'limit')) {
      throw usageError(say('logs.not-with-follow', { option }), say('logs.not-with-follow.hint', { option }));
    }
    query[option] = readOption(option, value, context);
  }
  return query;
}

function readOption(option: keyof WrittenLogQuery, value: string, { say }: Pick<CommandContext, 'say'>): string {
  const read = option === 'since' || option === 'until' ? readTimeOrAge(value) : value;
  if (read !== null && logQuerySchema.shape[option].safeParse(read).success) return read;
  throw usageError(say('logs.bad-option', { option, value }), say(`logs.hint.${option}`));
}

/** `10m` (ago) or a time, as ISO text; null for neither. */
export function readTimeOrAge(value: string): string | null {
  const time = durationSchema.safeParse(value).success ? Date.now() - durationMs(value) : Date.parse(value);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
