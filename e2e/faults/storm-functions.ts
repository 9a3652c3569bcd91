/** What storms call: four functions, whose events are in every lane and end in every state. */
import type { TestPlatform } from '@sovfn/testkit';
import type { Expected } from './ledger.ts';

export const STORM_FUNCTION = 'storm';
export const LATE_FUNCTION = 'storm-late';
export const QUEUE_FUNCTION = 'storm-queue';
export const TICK_FUNCTION = 'storm-ticks';
export const SCHEDULE = 'second';

const RETRY = { attempts: 50, minDelay: '100ms', maxDelay: '1s' };

/** Some first attempts fail, some are slow, some events can only die: so that faults meet events in every state. */
const CODE = `export default { async fetch(request: Request) {
  const n = Number(await request.text());
  const attempt = Number(request.headers.get('sovfn-attempt'));
  if (n % 7 === 0) await new Promise((done) => setTimeout(done, 200));
  if (n % 10 === 0 && attempt === 1) return new Response('not yet', { status: 503, headers: n % 20 === 0 ? { 'retry-after': '2' } : {} });
  if (n % 20 === 13) return new Response('never', { status: 400 });
  if (n % 10 === 5 && attempt === 1) throw new Error('not yet');
  return new Response('done ' + n);
} };`;

/** One message of a batch fails its batch, another comes again by itself. */
const QUEUE_CODE = `export default {
  async fetch(request: Request, env: any) {
    await env.JOBS.send(Number(await request.text()));
    return new Response('sent');
  },
  async queue(batch: any) {
    for (const message of batch.messages) {
      if (message.attempts > 1) continue;
      if (message.body % 10 === 3) throw new Error('not yet');
      if (message.body % 10 === 6) message.retry({ delaySeconds: 1 });
    }
  },
};`;

export async function deployStorm(platform: TestPlatform): Promise<void> {
  await platform.deploy({
    name: STORM_FUNCTION,
    code: CODE,
    config: {
      events: { concurrency: 50 },
      retry: RETRY,
      webhooks: [{ name: 'in', verify: 'none', idHeader: 'x-delivery' }],
    },
  });
  await platform.deploy({ name: LATE_FUNCTION, code: CODE, config: { events: { expireAfter: '1s' } } });
  const bindings = { JOBS: { type: 'queue', batchSize: 5, batchWait: '100ms' } };
  await platform.deploy({ name: QUEUE_FUNCTION, code: QUEUE_CODE, config: { bindings, retry: RETRY } });
  const schedule = { name: SCHEDULE, cron: 'every 1s', overlap: 'queue', missed: 'all' };
  const code = 'export default { async scheduled() {} };';
  await platform.deploy({ name: TICK_FUNCTION, code, config: { schedules: [schedule], retry: RETRY } });
}

/** How event `n` is asked for, and how it must end. */
export interface Plan {
  readonly headers: Readonly<Record<string, string>>;
  /** To be cancelled as soon as it is accepted. */
  readonly isCancelled: boolean;
  readonly expected: Expected;
}

const KEYS = 12;

export function planOf(n: number): Plan {
  if (n % 50 === 9) {
    return { headers: { 'sovfn-delay': '1h' }, isCancelled: true, expected: { state: 'cancelled', output: null } };
  }
  const isOrdered = n % 4 === 1;
  const headers = isOrdered ? { 'sovfn-ordering-key': `k${n % KEYS}` } : n % 16 === 3 ? { 'sovfn-delay': '2' } : {};
  const expected: Expected =
    n % 20 === 13 ? { state: 'dead-lettered', output: null } : { state: 'succeeded', output: `done ${n}` };
  return { headers, isCancelled: false, expected };
}
