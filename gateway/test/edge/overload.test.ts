import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';
import type { ServedCall } from '../peers/peer-cell.ts';

const SHED_AFTER_MS = 20;
/** How long a call of the slow function waits in its cell before it runs. */
const WAIT_MS = 60;
const CALLERS = 40;

let bench: GatewayBench;
beforeAll(async () => {
  bench = await GatewayBench.start({ config: { shedAfterMs: SHED_AFTER_MS } });
});
afterAll(() => bench[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly code: string | null;
}

async function call(segment: string): Promise<Answer> {
  const response = await fetch(`${bench.url}/fn/${segment}/`);
  const text = await response.text();
  const code = response.ok ? null : (JSON.parse(text) as { code: string }).code;
  return { status: response.status, retryAfter: response.headers.get('retry-after'), code };
}

test('under a flood some calls are refused with Retry-After and the others answered; another tenant notices nothing', async () => {
  let run = 0;
  const answerLate = async (served: ServedCall): Promise<void> => {
    run++;
    await delay(WAIT_MS);
    served.answer('late');
  };
  await bench.serve({ name: 'flooded' }, (served) => void answerLate(served));
  await bench.serve({ name: 'calm', tenant: 'acme' }, (served) => served.answer('at once'));
  run = 0;
  const answers: Answer[] = [];
  const refused = (): Answer[] => answers.filter(({ status }) => status === 503);
  const flood = Array.from({ length: CALLERS }, async () => {
    while (refused().length < CALLERS) answers.push(await call('flooded'));
  });
  const others: Answer[] = [];
  const calm = (async () => {
    while (refused().length < CALLERS) others.push(await call('acme:calm'));
  })();
  await Promise.all([...flood, calm]);

  expect(await bench.event('load-shedding-began')).toMatchObject({ tenant: 'main', function: 'flooded' });
  expect(new Set(refused().map(({ code }) => code))).toEqual(new Set(['load-shed']));
  expect(new Set(refused().map(({ retryAfter }) => retryAfter))).toEqual(new Set(['1']));
  const answered = answers.filter(({ status }) => status === 200);
  expect(answered.length + refused().length).toBe(answers.length);
  expect(answered).toHaveLength(run);
  expect(others.length).toBeGreaterThan(0);
  expect(new Set(others.map(({ status }) => status))).toEqual(new Set([200]));

  expect(await bench.event('load-shedding-ended')).toEqual({ tenant: 'main', function: 'flooded' });
  for (let after = 0; after < 10; after++) expect((await call('flooded')).status).toBe(200);
});

test('a burst on a function that is only just starting is answered whole', async () => {
  const burst = 60;
  const held: ServedCall[] = [];
  await bench.serve({ name: 'cold' }, (served) => {
    held.push(served);
    if (held.length === burst) for (const each of held) each.answer('started');
  });
  held.length = 0;
  const answers = await Promise.all(Array.from({ length: burst }, async () => call('cold')));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});

test('asynchronous calls are accepted while others are refused', async () => {
  await bench.serve({ name: 'both' }, (served) => void delay(WAIT_MS).then(() => served.answer('late')));
  let refused = 0;
  const accepted: number[] = [];
  const flood = Array.from({ length: CALLERS }, async () => {
    while (accepted.length < 20) if ((await call('both')).status === 503) refused++;
  });
  const async_ = (async () => {
    while (accepted.length < 20) {
      const seen = refused;
      const response = await fetch(`${bench.url}/fn/both/`, { method: 'POST', headers: { prefer: 'respond-async' } });
      await response.body?.cancel();
      if (seen > 0) accepted.push(response.status);
    }
  })();
  await Promise.all([...flood, async_]);
  expect(new Set(accepted)).toEqual(new Set([202]));
});
