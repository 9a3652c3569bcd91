/** Quotas of a tenant as they are written on the command line. */
import { type Quotas, quotasSchema } from '@sovfn/protocol';
import type { CommandContext } from './context.ts';
import { usageError } from './usage-errors.ts';

export const QUOTA_ARGUMENTS = {
  'calls-per-minute': { type: 'string', value: 'number', summary: 'tenants.calls-per-minute' },
  concurrency: { type: 'string', value: 'number', summary: 'tenants.concurrency' },
  functions: { type: 'string', value: 'number', summary: 'tenants.functions' },
} as const;

const ARGUMENT_OF = { callsPerMinute: 'calls-per-minute', concurrency: 'concurrency', functions: 'functions' } as const;
const NO_QUOTA = 'none';

/** What is not written stays as in `before`. Throws `usage`. */
export function readQuotas(
  written: Readonly<Record<keyof typeof QUOTA_ARGUMENTS, string | null>>,
  before: Quotas,
  context: CommandContext,
): Quotas {
  const read = (name: keyof Quotas): number | null => {
    const text = written[ARGUMENT_OF[name]];
    return text === null ? before[name] : readQuota(name, text, context);
  };
  return {
    callsPerMinute: read('callsPerMinute'),
    concurrency: read('concurrency'),
    functions: read('functions'),
  };
}

function readQuota(name: keyof Quotas, text: string, { say }: CommandContext): number | null {
  if (text === NO_QUOTA) return null;
  const parsed = quotasSchema.shape[name].safeParse(/^\d{1,12}$/.test(text) ? Number(text) : Number.NaN);
  if (parsed.success) return parsed.data;
  throw usageError(say('tenants.bad-quota', { name: ARGUMENT_OF[name], value: text }), say('tenants.bad-quota.hint'));
}
