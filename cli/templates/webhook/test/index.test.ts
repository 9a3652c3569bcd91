import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startFunction } from 'sovfn/testing';

const fn = await startFunction(new URL('..', import.meta.url));
after(() => fn.stop());

const payment = {
  id: 'evt_1',
  type: 'payment_intent.succeeded',
  data: { object: { id: 'pi_417', amount: 1_250, currency: 'eur' } },
};

test('a payment that Stripe signed is kept', async () => {
  const { status, run } = await fn.webhook('stripe', payment);
  assert.equal(status, 200);
  assert.equal(run?.state, 'succeeded');
  assert.deepEqual(await (await fn.fetch('/pi_417')).json(), { amount: 1_250, currency: 'eur' });
});

test('the same delivery again runs nothing', async () => {
  await fn.webhook('stripe', { ...payment, id: 'evt_2' });
  assert.equal((await fn.webhook('stripe', { ...payment, id: 'evt_2' })).isDuplicate, true);
});

test('a delivery that nobody signed is refused', async () => {
  const answer = await fetch(fn.webhookUrl('stripe'), { method: 'POST', body: JSON.stringify(payment) });
  assert.equal(answer.status, 401);
});
