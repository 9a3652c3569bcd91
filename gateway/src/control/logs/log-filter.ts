/** Which entries of a log somebody asked for. What is known at the end of a call only is asked of that (see CallGate). */
import { type CallEnd, LOG_LEVELS, type LogEvent, type LogQuery } from '@sovfn/protocol';

export interface LogFilter extends Pick<
  LogQuery,
  'status' | 'method' | 'search' | 'version' | 'invocation' | 'level' | 'event'
> {
  /** Nothing older, and nothing newer. Null: no bound. */
  readonly since: Date | null;
  readonly until: Date | null;
}

const SERVER_ERROR = 500;

/** Does an entry fit by what it says itself? */
export function fitsEntry(event: LogEvent, filter: LogFilter): boolean {
  const { version, invocation, level, search } = filter;
  if (version !== undefined && !event.version.startsWith(version)) return false;
  if (invocation !== undefined && event.invocation !== invocation) return false;
  if (level !== undefined && LOG_LEVELS.indexOf(event.level) < LOG_LEVELS.indexOf(level)) return false;
  if (!fitsTime(event, filter)) return false;
  return search === undefined || holds(event, search.toLowerCase());
}

/** Must the end of its call be known, to say whether a line was asked for? */
export function needsEnd(line: LogEvent, { status, method, event }: LogFilter): boolean {
  return status !== undefined || method !== undefined || (event !== undefined && line.event === null);
}

export function fitsCall(ending: LogEvent, end: CallEnd, filter: LogFilter): boolean {
  const { status, method, event } = filter;
  if (method !== undefined && end.method !== method.toUpperCase()) return false;
  if (event !== undefined && ending.event !== event && !end.events.includes(event)) return false;
  return status === undefined || fitsStatus(end, status);
}

function fitsTime({ time }: LogEvent, { since, until }: LogFilter): boolean {
  if (since === null && until === null) return true;
  const at = Date.parse(time);
  return (since === null || at >= since.getTime()) && (until === null || at <= until.getTime());
}

function fitsStatus(end: CallEnd, asked: string): boolean {
  const hasFailed = end.outcome === 'ok' ? (end.status ?? 0) >= SERVER_ERROR : end.outcome !== 'canceled';
  switch (asked) {
    case 'canceled':
      return end.outcome === 'canceled';
    case 'error':
      return hasFailed;
    case 'ok':
      return end.outcome === 'ok' && !hasFailed;
    default:
      return String(end.status ?? '').startsWith(asked.replace('xx', ''));
  }
}

function holds({ text, end }: LogEvent, search: string): boolean {
  return text.toLowerCase().includes(search) || end?.path.toLowerCase().includes(search) === true;
}
