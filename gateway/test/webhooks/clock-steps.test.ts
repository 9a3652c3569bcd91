/** Signed times and a gateway whose own clock is set while it runs. */
import { createHash } from 'node:crypto';
import Stripe from 'stripe';
import { expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';
import { GatewayProcess } from '../peers/gateway-process.ts';

const STEPPED_CLOCK = new URL('../schedules/fixtures/stepped-clock.ts', import.meta.url);
const TOKEN = 'test-token';
const SECRET = 'whsec_stripe';
const MINUTE_S = 60;

test('a gateway whose clock is set an hour ahead refuses genuine deliveries as old, an hour behind as from the future, and set right accepts them', async () => {
  const tokenSha256 = [createHash('sha256').update(TOKEN).digest('hex')];
  await using bench = await GatewayBench.start();
  const webhooks = [{ name: 'in', provider: 'stripe', secret: 'HOOK' }];
  await bench.untilVisible(await bench.deploy({ name: 'shop', webhooks: webhooks as never }));
  const control = { host: '127.0.0.1', port: 0, tokenSha256 };
  await using gateway = await GatewayProcess.start(bench, { control }, STEPPED_CLOCK);
  const set = await fetch(`${gateway.controlUrl}/v1/functions/shop/secrets/HOOK`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ v: 1, value: SECRET, overlapMs: null }),
  });
  expect(set.status).toBe(200);
  let deliveries = 0;
  const deliver = async (ageS: number): Promise<number> => {
    const payload = JSON.stringify({ id: `evt_${deliveries++}` });
    const timestamp = Math.floor(Date.now() / 1_000) - ageS;
    const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: SECRET, timestamp });
    const headers = { 'stripe-signature': signature };
    return (await fetch(`${gateway.url}/hooks/shop/in`, { method: 'POST', body: payload, headers })).status;
  };
  const all = async (...ages: number[]): Promise<number[]> => Promise.all(ages.map(deliver));
  const hour = 60 * MINUTE_S;
  expect(await all(0, hour, -hour)).toEqual([200, 401, 401]);
  gateway.signal('SIGUSR2');
  await expect.poll(() => all(0, hour, -hour)).toEqual([401, 401, 200]);
  gateway.signal('SIGUSR2');
  await expect.poll(() => all(0, hour, -hour)).toEqual([401, 200, 401]);
  gateway.signal('SIGUSR2');
  await expect.poll(() => all(0, hour, -hour)).toEqual([200, 401, 401]);
});
