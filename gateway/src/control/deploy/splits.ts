import type { Split, SplitRequest } from '@sovfn/protocol';

/** A split that begins now. */
export function newSplit(version: string, asked: Pick<SplitRequest, 'percent' | 'key' | 'watchMs'>): Split {
  const { percent, key, watchMs } = asked;
  const now = Date.now();
  const watchedUntil = watchMs === null ? null : new Date(now + watchMs).toISOString();
  return { version, percent, key, startedAt: new Date(now).toISOString(), watchedUntil };
}
