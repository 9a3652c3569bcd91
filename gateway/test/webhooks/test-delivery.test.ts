import { type TestDeliveryResponse, WEBHOOK_PROVIDERS } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlBench } from '../control/control-bench.ts';
import { whsec } from './senders.ts';

const KEY = whsec(7);
let control: ControlBench;
beforeAll(async () => {
  control = await ControlBench.start();
  const webhooks = WEBHOOK_PROVIDERS.map((provider) => ({
    name: provider,
    provider,
    secret: provider === 'basic' ? 'USER' : 'KEY',
    ...(provider === 'hmac' ? { signature: { header: 'x-sign', timestampHeader: 'x-time' }, idHeader: 'x-id' } : {}),
  }));
  const all = [
    ...webhooks,
    { name: 'public-key', provider: 'standard', secret: 'PUBLIC' },
    { name: 'unset', provider: 'github', secret: 'UNSET' },
  ];
  for (const [name, value] of [
    ['KEY', KEY],
    ['USER', 'a:b'],
    ['PUBLIC', `whpk_${'A'.repeat(43)}=`],
  ] as const) {
    await control.ask('PUT', `/v1/functions/sink/secrets/${name}`, { body: { v: 1, value, overlapMs: null } });
  }
  await control.bench.untilVisible(await control.bench.deploy({ name: 'sink', webhooks: all as never }));
});
afterAll(() => control[Symbol.asyncDispose]());

test.each(WEBHOOK_PROVIDERS)('a test delivery of %s passes its own webhook', async (provider) => {
  const sent = await send(provider, { provider });
  expect(sent).toMatchObject({ status: 200, json: { status: 200, isDuplicate: false, webhook: provider } });
  expect((sent.json as TestDeliveryResponse).url).toBe(`${control.bench.url}/hooks/sink/${provider}`);
});

test('the answer does not hold the secret', async () => {
  expect(JSON.stringify((await send('standard', {})).json)).not.toContain(KEY.slice(6));
});

test('a type may be of several words, as those of GitLab are, and cannot split a header', async () => {
  expect(await send('gitlab', { type: 'Merge Request Hook' })).toMatchObject({ status: 200 });
  for (const type of ['a\r\nb', ' a', '']) expect((await send('gitlab', { type })).status).toBe(400);
});

test('an id that was sent before is a duplicate', async () => {
  const first = (await send('github', { id: 'same' })).json as TestDeliveryResponse;
  expect((await send('github', { id: 'same' })).json).toMatchObject({ isDuplicate: true, event: first.event });
});

test.each<[string, string, object, object]>([
  ['an unknown webhook', 'strip', {}, { status: 404, code: 'webhook-not-found', hint: 'Did you mean "stripe"?' }],
  ['another provider than its own', 'github', { provider: 'stripe' }, { status: 400, code: 'bad-request' }],
  ['a webhook whose secret is not set', 'unset', {}, { status: 503, code: 'secret-missing' }],
  ['a webhook with a public key only', 'public-key', {}, { status: 503, code: 'secret-invalid' }],
  ['a body over the limit', 'github', { body: { encoding: 'utf8', data: 'x'.repeat(7_000_000) } }, { status: 413 }],
  ['an id that would split a header', 'github', { id: 'a\r\nb' }, { status: 400, code: 'bad-request' }],
])('to %s it is refused', async (_what, webhook, wrong, problem) => {
  expect((await send(webhook, wrong)).json).toMatchObject(problem);
});

function send(webhook: string, given: object) {
  const body = { encoding: 'utf8', data: '{"id":"evt_1","type":"test"}' };
  const request = { v: 1, provider: null, body, contentType: 'application/json', id: null, type: null, ...given };
  return control.ask('POST', `/v1/functions/sink/webhooks/${webhook}/send`, { body: request });
}
