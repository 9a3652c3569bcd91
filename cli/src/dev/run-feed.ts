import type { EventSummary } from '@sovfn/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import type { ControlClient } from '../api/control-client.ts';
import type { DevEvent } from '../json/dev-events.ts';

const POLL_MS = 500;
const LISTED = '50';
const UNDER_WAY: ReadonlySet<EventSummary['state']> = new Set(['pending', 'running'] as const);

/** Tells of each attempt of a function's durable calls until the signal. Those from before are not told. */
export async function feedRuns(
  client: ControlClient,
  name: string,
  { signal, onEvent }: { signal: AbortSignal; onEvent: (event: DevEvent) => void },
): Promise<void> {
  const told = new Map<string, string>();
  const look = async (): Promise<EventSummary[]> => {
    const { events } = await client.events.list(name, { limit: LISTED });
    const news = events.filter((run) => !UNDER_WAY.has(run.state) && told.get(run.event) !== stage(run));
    for (const run of news) told.set(run.event, stage(run));
    return news.toReversed();
  };
  await look();
  void (async () => {
    while (!signal.aborted) {
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
      // What cannot be asked now is asked the next time.
      const news = await look().catch((): EventSummary[] => []);
      for (const run of news) if (!signal.aborted) onEvent({ type: 'run', run });
    }
  })();
}

const stage = ({ state, attempts }: EventSummary): string => `${state} ${attempts}`;
