/** What the log of a platform's node says about the functions that its cells load. */
import { setTimeout as delay } from 'node:timers/promises';
import type { TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';

/** The line about a load comes after the answer that waited for it. */
const LOGGED_MS = 5_000;
const LOOK_MS = 50;

const loadSchema = z.object({ event: z.literal('version-loaded'), function: z.string(), pid: z.int() });
export type Load = z.output<typeof loadSchema>;

/** Process id of the cell that has loaded a function last. Throws when there is none within LOGGED_MS. */
export async function findCellPid(platform: TestPlatform, functionName: string, signal: AbortSignal): Promise<number> {
  const isOfFunction = (load: Load): boolean => load.function === functionName;
  const loads = await waitForLoads(platform, (all) => all.some(isOfFunction), signal);
  return loads.findLast(isOfFunction)!.pid;
}

/** All loads so far, once they are `enough`; throws when they are not within LOGGED_MS. */
export async function waitForLoads(
  platform: TestPlatform,
  enough: (loads: readonly Load[]) => boolean,
  signal: AbortSignal,
): Promise<readonly Load[]> {
  const giveUpAt = performance.now() + LOGGED_MS;
  for (;;) {
    const loads = parseLoads(await platform.log('node'));
    if (enough(loads)) return loads;
    if (performance.now() > giveUpAt) {
      throw new Error(
        `after ${LOGGED_MS} ms the node's log tells of ${loads.length} loads: not those that were waited for`,
      );
    }
    await delay(LOOK_MS, undefined, { signal });
  }
}

function parseLoads(log: string): Load[] {
  return log.split('\n').flatMap((line) => {
    // The last line may be half written.
    if (!line.endsWith('}')) return [];
    const load = loadSchema.safeParse(JSON.parse(line));
    return load.success ? [load.data] : [];
  });
}
