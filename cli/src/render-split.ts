import { shortVersion, type Split } from '@sovfn/protocol';
import { formatTime } from './format.ts';
import type { Say } from './language.ts';

/** Who gets which version, and until when somebody watches: one line each. */
export function renderSplit(name: string, split: Split, say: Say): string[] {
  const { percent, key } = split;
  const by = key.by === 'address' ? say('split.by-address') : `${key.by}:${key.name}`;
  const version = shortVersion(split.version);
  const lines = [say('split.is', { name, version, percent, by })];
  if (split.watchedUntil !== null) lines.push(say('split.watched', { time: formatTime(split.watchedUntil) }));
  return [...lines, say('split.next', { name })];
}
