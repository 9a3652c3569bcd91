import type { LogEvent } from '@sovfn/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import type { ControlClient, LogRequest } from '../api/control-client.ts';
import type { DevEvent } from '../json/dev-events.ts';

const RETRY_MS = 500;

/**
 * Tells what a function logs until the signal. Resolves when lines that are written from now on will be told; a stream
 * that ends, as when the gateway is started again, is opened again where it ended.
 */
export async function feedLogs(
  client: ControlClient,
  name: string,
  { signal, onEvent }: { signal: AbortSignal; onEvent: (event: DevEvent) => void },
): Promise<void> {
  const first = await client.followLogs(name, {}, signal);
  void (async () => {
    let events: typeof first | null = first;
    let query: LogRequest = {};
    while (!signal.aborted) {
      try {
        events ??= await client.followLogs(name, query, signal);
        for await (const event of events) {
          if (event.kind === 'heartbeat') continue;
          if (event.kind === 'log' && says(event.log)) onEvent({ type: 'log', log: event.log });
          if (event.kind === 'gap') onEvent({ type: 'gap', function: name, gap: event.gap });
          query = { cursor: event.cursor };
        }
      } catch {
        // The parts of the platform tell themselves that they died; here it is tried again.
      }
      events = null;
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  })();
}

/** How a call ended stands in its request, or its run; in the log it is told when there is an error to it. */
function says({ end, text }: LogEvent): boolean {
  return end === null || text !== '';
}
