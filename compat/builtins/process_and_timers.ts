import process, { nextTick } from 'node:process';
import timers from 'node:timers';
import { setImmediate, setInterval, setTimeout } from 'node:timers/promises';
import { sampling, type Samples } from '../src/samples.ts';

export const samples: Samples = {
  'nextTick with arguments': () => new Promise((resolve) => nextTick((a: number, b: number) => resolve(a + b), 1, 2)),
  'a version, a platform and a folder': () => [
    typeof process.version,
    process.version.startsWith('v'),
    typeof process.platform,
    typeof process.cwd(),
  ],
  hrtime: () => [typeof process.hrtime.bigint(), process.hrtime().length],
  'timers are objects': async () => {
    const timer = timers.setTimeout(() => undefined, 10_000);
    const isReferenced = timer.unref().hasRef();
    timers.clearTimeout(timer);
    const value = await new Promise((resolve) => timers.setTimeout(resolve, 1, 'late'));
    return [isReferenced, value];
  },
  'promises of timers': async () => {
    const seen: unknown[] = [await setTimeout(1, 'a'), await setImmediate('b')];
    for await (const value of setInterval(1, 'c')) if (seen.push(value) === 4) break;
    return seen;
  },
  'a wait that is aborted': () => setTimeout(1_000, null, { signal: AbortSignal.abort() }),
};

const handler = sampling(samples);
export { handler as default };
