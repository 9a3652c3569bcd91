/**
 * The gateway's own log: one JSON object per line on stderr. `events.ts` says what is logged; nothing else calls this.
 * JSON escapes control characters, so hostile text cannot forge a line or a terminal sequence.
 */
export type LogValue = string | number | boolean | null | readonly string[];
export type LogLevel = 'info' | 'warn' | 'error';
export type Log = (level: LogLevel, event: string, fields?: Readonly<Record<string, LogValue>>) => void;

/** Longest text of one field; the rest is cut. */
const FIELD_CHARACTERS = 4_096;

export function makeLog(gateway: string, write: (line: string) => void): Log {
  return (level, event, fields = {}) => {
    const time = new Date().toISOString();
    write(`${JSON.stringify({ time, level, gateway, event, ...cutFields(fields) })}\n`);
  };
}

function cutFields(fields: Readonly<Record<string, LogValue>>): Record<string, LogValue> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, cut(value)]));
}

function cut(value: LogValue): LogValue {
  return typeof value === 'string' && value.length > FIELD_CHARACTERS ? `${value.slice(0, FIELD_CHARACTERS)}…` : value;
}
