/** A function's log as it is written: entries, and a mark wherever entries are missing. */
import type { LogEvent, LogGap } from '@sovfn/protocol';
import { SovfnError } from '@sovfn/protocol/errors';
import { logEventSchema, logGapSchema } from '@sovfn/protocol/logs';
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { Say } from '../language.ts';
import { readServerEvents } from './server-events.ts';
import { streamLost } from './stream-lost.ts';

/** `cursor`: where to go on when the stream breaks off here. */
export type LogStreamEvent =
  | { readonly kind: 'start'; readonly cursor: string }
  | { readonly kind: 'log'; readonly cursor: string; readonly log: LogEvent }
  | { readonly kind: 'gap'; readonly cursor: string; readonly gap: LogGap }
  | { readonly kind: 'heartbeat'; readonly time: string };

/** The platform sends a heartbeat at least this often, with much to spare: without one the stream is dead. Milliseconds. */
const SILENCE_MS = 45_000;

/**
 * Ends when the platform ends the stream. Throws `stream-lost` when it falls silent or breaks off, `bad-message` for an
 * event that does not have the agreed form. Events of unknown kinds are skipped.
 */
export async function* readLogStream(
  body: IncomingMessage,
  options: { say: Say; signal: AbortSignal },
): AsyncGenerator<LogStreamEvent> {
  // Runs only while the platform is waited for: whoever reads may take any time with an event.
  const watch = () => setTimeout(() => body.destroy(new Error(`no heartbeat for ${SILENCE_MS / 1_000} s`)), SILENCE_MS);
  let timer = watch();
  try {
    for await (const event of readServerEvents(body)) {
      clearTimeout(timer);
      if (event === null) yield { kind: 'heartbeat', time: new Date().toISOString() };
      const cursor = event?.id ?? '';
      if (event?.type === 'start') yield { kind: 'start', cursor };
      if (event?.type === 'log') yield { kind: 'log', cursor, log: parseEvent(event.data, logEventSchema) };
      if (event?.type === 'gap') yield { kind: 'gap', cursor, gap: parseEvent(event.data, logGapSchema) };
      timer = watch();
    }
  } catch (cause) {
    throw streamLost(cause, options);
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
}

function parseEvent<T>(data: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(data));
  } catch (cause) {
    throw new SovfnError('bad-message', 'an event of the log stream does not have the agreed form', { cause });
  }
}
