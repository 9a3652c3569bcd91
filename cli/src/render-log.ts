/** Log events as lines for people. */
import type { LogEvent, LogGap } from '@sovfn/protocol';
import { formatMilliseconds } from './format.ts';
import type { Say } from './language.ts';
import type { Paint } from './paint.ts';
import { printable } from './printable.ts';

/** Enough of an invocation id to tell calls apart that run at the same time. */
const SHORT_INVOCATION_LENGTH = 6;

export function renderLog(log: LogEvent, surroundings: { say: Say; paint: Paint; locale: string }): string {
  const { paint } = surroundings;
  const invocation = (log.invocation ?? '').slice(-SHORT_INVOCATION_LENGTH).padEnd(SHORT_INVOCATION_LENGTH);
  const head = paint.dim(`${new Date(log.time).toTimeString().slice(0, 8)} ${printable(invocation)}`);
  return log.type === 'end' ? `${head} ${renderEnd(log, surroundings)}` : `${head} ${renderLine(log, paint)}`;
}

export function renderGap(gap: LogGap, { say, paint }: { say: Say; paint: Paint }): string {
  if (gap.reason === 'bus-disconnected') return paint.yellow(say('logs.gap.disconnected'));
  return paint.yellow(say('logs.gap.dropped', { count: gap.dropped ?? '?' }));
}

function renderLine(log: LogEvent, paint: Paint): string {
  const colour = { debug: paint.dim, info: paint.cyan, warn: paint.yellow, error: paint.red }[log.level];
  return `${colour(log.level.padEnd(5))} ${printable(log.text)}`;
}

function renderEnd(log: LogEvent, { say, paint, locale }: { say: Say; paint: Paint; locale: string }): string {
  const outcome = printable(log.outcome ?? '');
  const facts = [
    outcome === 'ok' ? paint.green(outcome) : paint.red(outcome),
    ...(log.cpuUs === null ? [] : [say('fact.cpu', { time: formatMilliseconds(log.cpuUs / 1_000, locale) })]),
    ...(log.wallUs === null ? [] : [say('fact.total', { time: formatMilliseconds(log.wallUs / 1_000, locale) })]),
    ...(log.cold === true ? [say('fact.cold')] : []),
  ];
  return [facts.join(' · '), ...(log.text === '' ? [] : [printable(log.text)])].join('\n');
}
