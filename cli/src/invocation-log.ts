/** The log of one call, for whoever made it: read once its answer has come, until the entry that ends it. */
import type { LogEvent } from '@sovfn/protocol';
import type { ControlClient } from './api/control-client.ts';

/**
 * Entries come by another way than the answer, a moment later. A call whose `waitUntil` work goes on for longer is not
 * waited for. Milliseconds.
 */
const LAST_ENTRIES_MS = 2_000;

/** The lines of the call, as far as they are there within LAST_ENTRIES_MS. */
export async function readInvocationLog(client: ControlClient, name: string, invocation: string): Promise<LogEvent[]> {
  const lines: LogEvent[] = [];
  try {
    const stop = AbortSignal.timeout(LAST_ENTRIES_MS);
    for await (const event of await client.followLogs(name, { invocation }, stop)) {
      if (event.kind !== 'log') continue;
      if (event.log.end !== null) break;
      lines.push(event.log);
    }
  } catch {
    // The log is an addition to the answer: when it breaks off, the lines that came are shown and the call goes on.
  }
  return lines;
}
