/** How callers are divided, as it is written on the command line. Each throws `usage`. */
import type { StickyKey } from '@sovfn/protocol';
import { durationMs, durationSchema } from '@sovfn/protocol/config/duration';
import { sharePercentSchema, stickyKeySchema, watchMsSchema } from '@sovfn/protocol/splits';
import type { CommandContext } from './context.ts';
import { usageError } from './usage-errors.ts';

type Saying = Pick<CommandContext, 'say'>;

const SHARE = /^(\d{1,3}(?:\.\d+)?)%?$/;

/** `10%` as 10; `0%`, where the command has a meaning for it, as 0. */
export function readShare(written: string, { say }: Saying, options: { mayBeNone: boolean }): number {
  const percent = Number(SHARE.exec(written)?.[1]);
  if (options.mayBeNone && percent === 0) return 0;
  if (sharePercentSchema.safeParse(percent).success) return percent;
  throw usageError(say('split.bad-share', { share: written }), say('split.bad-share.hint'));
}

/** `header:x-user`, `cookie:session` or `address`, which is also what holds when nothing is said. */
export function readStickyKey(written: string | null, { say }: Saying): StickyKey {
  if (written === null) return { by: 'address' };
  const separatorAt = written.indexOf(':');
  const [by, name] = separatorAt < 0 ? [written] : [written.slice(0, separatorAt), written.slice(separatorAt + 1)];
  const asked = { by, ...(name === undefined ? {} : { name: by === 'header' ? name.toLowerCase() : name }) };
  const parsed = stickyKeySchema.safeParse(asked);
  if (parsed.success) return parsed.data;
  throw usageError(say('split.bad-key', { key: written }), say('split.bad-key.hint'));
}

/** `5m` in milliseconds, or null. */
export function readWatch(written: string | null, { say }: Saying): number | null {
  if (written === null) return null;
  const milliseconds = durationSchema.safeParse(written).success ? durationMs(written) : Number.NaN;
  if (watchMsSchema.safeParse(milliseconds).success) return milliseconds;
  throw usageError(say('split.bad-watch', { time: written }), say('split.bad-watch.hint'));
}
