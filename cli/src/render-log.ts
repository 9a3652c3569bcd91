/** Log entries as lines for people. */
import { type LogEvent, type LogGap, shortVersion } from '@sovfn/protocol';
import { formatMilliseconds } from './format.ts';
import type { Say } from './language.ts';
import type { Paint } from './paint.ts';
import { printable } from './printable.ts';

/** Enough of an invocation id to tell calls apart that run at the same time. */
const SHORT_INVOCATION_LENGTH = 6;
const SERVER_ERROR = 500;

interface Surroundings {
  readonly say: Say;
  readonly paint: Paint;
  readonly locale: string;
}

export function renderLog(log: LogEvent, surroundings: Surroundings): string {
  const { paint } = surroundings;
  const invocation = (log.invocation ?? '').slice(-SHORT_INVOCATION_LENGTH).padEnd(SHORT_INVOCATION_LENGTH);
  const event = log.event === null ? '' : ` ${log.event}#${log.attempt ?? 1}`;
  const head = paint.dim(`${new Date(log.time).toTimeString().slice(0, 8)} ${printable(invocation + event)}`);
  return `${head} ${log.end === null ? renderLine(log, paint) : renderEnd(log, log.end, surroundings)}`;
}

export function renderGap({ reason, count }: LogGap, { say, paint }: { say: Say; paint: Paint }): string {
  if (reason === 'expired' || reason === 'bus-disconnected' || reason === 'unreadable')
    return paint.yellow(say(`logs.gap.${reason}`));
  return paint.yellow(say(`logs.gap.${reason}`, { count: count ?? '?' }));
}

function renderLine(log: LogEvent, paint: Paint): string {
  const colour = { debug: paint.dim, info: paint.cyan, warn: paint.yellow, error: paint.red }[log.level];
  return `${colour(log.level.padEnd(5))} ${printable(log.text)}`;
}

function renderEnd(log: LogEvent, end: NonNullable<LogEvent['end']>, { say, paint, locale }: Surroundings): string {
  const isFine = end.outcome === 'ok' && (end.status ?? 0) < SERVER_ERROR;
  const result = end.outcome === 'ok' ? String(end.status) : end.outcome;
  const facts = [
    `${printable(`${end.method} ${end.path}`)} ${(isFine ? paint.green : paint.red)(result)}`,
    say('fact.cpu', { time: formatMilliseconds(end.cpuUs / 1_000, locale) }),
    say('fact.total', { time: formatMilliseconds(end.wallUs / 1_000, locale) }),
    ...(end.cold ? [say('fact.cold')] : []),
    paint.dim(shortVersion(log.version)),
    paint.dim(log.node),
    ...(end.events.length === 0 ? [] : [say('fact.events', { count: end.events.length })]),
    ...(end.omitted === 0 ? [] : [paint.dim(say('logs.omitted', { count: end.omitted }))]),
  ];
  return [facts.join(' · '), ...(log.text === '' ? [] : [printable(log.text)])].join('\n');
}
