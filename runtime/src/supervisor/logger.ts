/** Log entries of the supervisor: flat facts under an event name, one JSON line each. `events.ts` names the events. */
export type LogFact = string | number | boolean | null;

export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly [fact: string]: LogFact;
}

/** Never throws. */
export type Log = (entry: LogEntry) => void;

/** A log that writes JSON lines, each with the time it was written. */
export function jsonLog(write: (line: string) => void, now: () => Date = () => new Date()): Log {
  return (entry) => write(`${JSON.stringify({ time: now().toISOString(), service: 'supervisor', ...entry })}\n`);
}
