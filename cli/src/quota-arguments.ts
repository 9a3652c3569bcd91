/** Quotas of a tenant as they are written on the command line. */
import { type Quotas, quotasSchema } from '@sovfn/protocol';
import type { CommandContext } from './context.ts';
import { usageError } from './usage-errors.ts';

export const QUOTA_ARGUMENTS = {
  'calls-per-minute': { type: 'string', value: 'number', summary: 'tenants.calls-per-minute' },
  concurrency: { type: 'string', value: 'number', summary: 'tenants.concurrency' },
  functions: { type: 'string', value: 'number', summary: 'tenants.functions' },
  storage: { type: 'string', value: 'size', summary: 'tenants.storage' },
} as const;

const ARGUMENT_OF = {
  callsPerMinute: 'calls-per-minute',
  concurrency: 'concurrency',
  functions: 'functions',
  storageBytes: 'storage',
} as const;
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
    storageBytes: read('storageBytes'),
  };
}

function readQuota(name: keyof Quotas, text: string, { say }: CommandContext): number | null {
  if (text === NO_QUOTA) return null;
  if (name === 'storageBytes') return readSize(text, say);
  const parsed = quotasSchema.shape[name].safeParse(/^\d{1,12}$/.test(text) ? Number(text) : Number.NaN);
  if (parsed.success) return parsed.data;
  throw usageError(say('tenants.bad-quota', { name: ARGUMENT_OF[name], value: text }), say('tenants.bad-quota.hint'));
}

/** As disks are sold, and as the table shows it. */
const UNITS = { KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 } as const;

function readSize(text: string, say: CommandContext['say']): number {
  const written = /^(\d{1,6}(?:[.,]\d{1,3})?) ?(KB|MB|GB|TB)$/i.exec(text);
  const unit = written === null ? undefined : UNITS[written[2]!.toUpperCase() as keyof typeof UNITS];
  const bytes = unit === undefined ? Number.NaN : Math.round(Number(written![1]!.replace(',', '.')) * unit);
  const parsed = quotasSchema.shape.storageBytes.safeParse(bytes);
  if (parsed.success && parsed.data !== null) return parsed.data;
  throw usageError(say('tenants.bad-storage', { value: text }), say('tenants.bad-storage.hint'));
}
