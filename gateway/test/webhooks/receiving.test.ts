/** Webhooks over HTTP, with a real gateway, NATS and object store: what is accepted, once, and what is refused. */
import { createHmac, randomBytes } from 'node:crypto';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connectBus } from '@sovfn/bus';
import { decodeEvent, type EventHead, eventStream, inboxPrefix, isInvocationId, unpackHeaders } from '@sovfn/protocol';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SealedEvents } from '../../src/events/sealed-events.ts';
import { openBenchKeys } from '../peers/bench-keys.ts';
import { ControlBench } from '../control/control-bench.ts';
import { exchange, RawClient } from '../peers/raw-client.ts';
import { whsec } from './senders.ts';

const STRIPE_SECRET = 'whsec_stripe';
const WEBHOOKS = [
  { name: 'stripe', provider: 'stripe', secret: 'STRIPE' },
  { name: 'standard', provider: 'standard', secret: 'STANDARD' },
  { name: 'turning', provider: 'stripe', secret: 'TURNING' },
  { name: 'unset', provider: 'stripe', secret: 'UNSET' },
  { name: 'wrong-key', provider: 'standard', secret: 'STRIPE' },
  { name: 'slack', provider: 'slack', secret: 'SLACK', acknowledge: { status: 204 } },
  { name: 'gitlab', provider: 'gitlab', secret: 'GITLAB' },
  { name: 'basic', provider: 'basic', secret: 'BASIC', idHeader: 'X-Id', typeHeader: 'X-Type' },
  { name: 'open', verify: 'none', acknowledge: { status: 201, contentType: 'application/json', body: '{"ok":true}' } },
  { name: 'two', provider: 'bearer', secret: ['TOKEN_A', 'TOKEN_B'] },
];
const SECRETS = {
  STRIPE: STRIPE_SECRET,
  STANDARD: whsec(1),
  TURNING: 'turning-secret',
  SLACK: 'slack',
  GITLAB: 'legacy-token',
  BASIC: 'erp:secret',
  TOKEN_A: 'token-a',
  TOKEN_B: 'token-b',
};

let control: ControlBench;
let url: string;
let streams: JetStreamManager;
let sealed: SealedEvents;
beforeAll(async () => {
  control = await ControlBench.start();
  const { bench } = control;
  url = bench.url;
  const { credential } = await bench.gatewayCredential('gw-9');
  const prefix = `${inboxPrefix('gateway')}.gw-9`;
  const { address } = bench.nats;
  const connection = await connectBus({ address, credential, name: 'reader', inboxPrefix: prefix });
  streams = await jetstreamManager(connection);
  sealed = new SealedEvents(await openBenchKeys(connection, bench.config));
  for (const [name, value] of Object.entries(SECRETS)) await set(name, value);
  const webhooks = WEBHOOKS as never;
  await bench.untilVisible(await bench.deploy({ name: 'shop', limits: { bodyMb: 0.25 }, webhooks }));
  await bench.untilVisible(await bench.deploy({ name: 'shop', tenant: 'acme', webhooks }));
});
afterAll(() => control[Symbol.asyncDispose]());

describe('a genuine delivery', () => {
  test('that the official library of Stripe signed is stored before it is answered, with its bytes as they came', async () => {
    const body = '{ "id": "evt_first",\n "type": "invoice.paid", "amount": 1.0 }';
    const response = await post('stripe', body, stripeHeaders(body), '?live=1');
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(response.headers.get('sovfn-duplicate')).toBeNull();
    const { head, bytes, headers } = await storedEvent(response);
    expect(bytes.toString()).toBe(body);
    expect(head).toMatchObject({
      trigger: 'webhook',
      method: 'POST',
      url: `${url}/stripe?live=1`,
      webhook: { name: 'stripe', provider: 'stripe', delivery: 'evt_first' },
    });
    expect(headers).toMatchObject({
      'sovfn-webhook': 'stripe',
      'sovfn-webhook-provider': 'stripe',
      'sovfn-webhook-delivery': 'evt_first',
      'sovfn-webhook-type': 'invoice.paid',
      'sovfn-base-path': '/hooks/shop',
      'stripe-signature': expect.stringContaining('t=') as string,
    });
  });

  test('that standardwebhooks signed is accepted', async () => {
    const body = '{"type":"user.created"}';
    const response = await post('standard', body, standardHeaders('msg_first', body));
    expect(response.status).toBe(200);
    expect((await storedEvent(response)).head.webhook?.delivery).toBe('msg_first');
  });

  test('with the size of the limit, and an empty one, arrive whole', async () => {
    for (const body of [randomBytes(256 * 1024), Buffer.alloc(0)]) {
      const response = await post('open', body, {});
      expect(response.status).toBe(201);
      expect((await storedEvent(response)).bytes.equals(body)).toBe(true);
    }
  });

  test('of a body without a length arrives whole', async () => {
    using client = await RawClient.open(control.bench.gateway.publicAddress);
    client.send('POST /hooks/shop/open HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n');
    client.send('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n');
    expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 201 /);
  });

  test('is answered as the webhook says', async () => {
    const response = await post('open', 'x', {});
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      201,
      'application/json',
      '{"ok":true}',
    ]);
    const quiet = await post(
      'slack',
      '{"type":"event_callback","event_id":"Ev1"}',
      slackHeaders('{"type":"event_callback","event_id":"Ev1"}'),
    );
    expect(quiet.status).toBe(204);
    expect(isInvocationId(quiet.headers.get('sovfn-event')!)).toBe(true);
  });

  test('reaches the function of another tenant by the tenant’s name', async () => {
    await set('STRIPE', STRIPE_SECRET);
    const response = await fetch(`${url}/hooks/acme:shop/open`, { method: 'POST', body: 'x' });
    expect(response.status).toBe(201);
  });

  test('of any of several secrets is accepted', async () => {
    for (const token of ['token-a', 'token-b']) {
      expect((await post('two', 'x', { authorization: `Bearer ${token}` })).status).toBe(200);
    }
    expect((await post('two', 'x', { authorization: 'Bearer token-c' })).status).toBe(401);
  });
});

describe('a repetition', () => {
  test('is answered 200 with the id of the first, and makes no second event', async () => {
    const body = '{"type":"user.created"}';
    const first = await post('standard', body, standardHeaders('msg_twice', body));
    const again = await post('standard', body, standardHeaders('msg_twice', body));
    expect([again.status, again.headers.get('sovfn-duplicate')]).toEqual([200, 'true']);
    expect(again.headers.get('sovfn-event')).toBe(first.headers.get('sovfn-event'));
  });

  test('that is replayed byte by byte with its old signature is one', async () => {
    const body = '{"type":"user.created"}';
    const headers = standardHeaders('msg_replayed', body);
    await post('standard', body, headers);
    expect((await post('standard', body, headers)).headers.get('sovfn-duplicate')).toBe('true');
  });

  test('that Stripe wrote anew is one: its id counts', async () => {
    const [first, second] = ['{"id":"evt_again","pending_webhooks":2}', '{"id":"evt_again","pending_webhooks":1}'];
    const accepted = await post('stripe', first, stripeHeaders(first));
    const again = await post('stripe', second, stripeHeaders(second));
    expect([again.status, again.headers.get('sovfn-duplicate')]).toEqual([200, 'true']);
    expect(again.headers.get('sovfn-event')).toBe(accepted.headers.get('sovfn-event'));
  });

  test('of the same id at another webhook is an event of its own', async () => {
    await set('TURNING', STRIPE_SECRET, 0);
    const body = '{"id":"evt_elsewhere"}';
    await post('stripe', body, stripeHeaders(body));
    const elsewhere = await post('turning', body, stripeHeaders(body));
    expect([elsewhere.status, elsewhere.headers.get('sovfn-duplicate')]).toEqual([200, null]);
  });

  test('twenty at once make one event', async () => {
    const body = '{"id":"evt_burst"}';
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('stripe', body, stripeHeaders(body))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ headers }) => headers.get('sovfn-event'))).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('sovfn-duplicate') === null)).toHaveLength(1);
  });

  test('is told by the header that the webhook names, and what has no id is never one', async () => {
    const headers = { authorization: `Basic ${btoa('erp:secret')}`, 'x-id': '7', 'x-type': 'order' };
    const first = await post('basic', 'x', headers);
    expect((await storedEvent(first)).headers).toMatchObject({
      'sovfn-webhook-delivery': '7',
      'sovfn-webhook-type': 'order',
    });
    expect((await post('basic', 'x', headers)).headers.get('sovfn-duplicate')).toBe('true');
    for (let i = 0; i < 2; i++) expect((await post('open', 'same', {})).headers.get('sovfn-duplicate')).toBeNull();
  });

  test('of a CloudEvent is one by source and id, in whichever mode it comes', async () => {
    const event = { specversion: '1.0', id: 'c-1', source: '/erp', type: 'order.created', subject: 'Café' };
    const structured = await post('open', JSON.stringify(event), { 'content-type': 'application/cloudevents+json' });
    expect(structured.status).toBe(201);
    expect((await storedEvent(structured)).headers).toMatchObject({
      'sovfn-ce-source': '/erp',
      'sovfn-ce-subject': 'Caf%C3%A9',
      'sovfn-webhook-type': 'order.created',
      'sovfn-webhook-delivery': 'c-1',
    });
    const binary = { 'ce-specversion': '1.0', 'ce-id': 'c-1', 'ce-source': '/erp', 'ce-type': 'order.created' };
    const again = await post('open', '{}', binary);
    expect([again.status, again.headers.get('sovfn-duplicate')]).toEqual([200, 'true']);
    expect((await post('open', '{}', { ...binary, 'ce-source': '/crm' })).status).toBe(201);
  });
});

describe('what is not genuine', () => {
  test.each<[string, string, (body: string) => Record<string, string>, string]>([
    ['a changed byte', 'stripe', () => stripeHeaders('{"id":"evt_x","n":1}'), 'signature'],
    ['another secret', 'stripe', (body) => stripeHeaders(body, 'whsec_other'), 'signature'],
    ['an old time', 'stripe', (body) => stripeHeaders(body, STRIPE_SECRET, -301), 'timestamp'],
    ['a future time', 'stripe', (body) => stripeHeaders(body, STRIPE_SECRET, 301), 'timestamp'],
    ['no signature', 'stripe', () => ({}), 'header'],
    ['a wrong token', 'gitlab', () => ({ 'x-gitlab-token': 'guess' }), 'credentials'],
  ])('for %s is refused with 401, what failed, and nothing that was expected', async (_what, name, headers, check) => {
    const body = '{"id":"evt_x","n":2}';
    const response = await post(name, body, headers(body));
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'webhook-unverified', facts: { check, provider: name } });
    const digest = createHmac('sha256', STRIPE_SECRET).update(body).digest('hex');
    for (const expected of [...Object.values(SECRETS), digest]) expect(text).not.toContain(expected);
    expect(response.headers.get('sovfn-event')).toBeNull();
  });

  test('for user and password says how to authenticate', async () => {
    const response = await post('basic', 'x', {});
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="sovfn"']);
  });

  test('leaves no event: only what is genuine is stored', async () => {
    const before = await eventCount();
    const body = '{"id":"evt_never"}';
    await post('stripe', body, stripeHeaders(body, 'whsec_other'));
    expect(await eventCount()).toBe(before);
  });
});

describe('a secret', () => {
  test('that is not set makes its webhook answer 503 and say what to do', async () => {
    const response = await post('unset', '{}', stripeHeaders('{}'));
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).not.toBeNull();
    expect(await response.json()).toMatchObject({
      code: 'secret-missing',
      hint: expect.stringContaining('sovfn secrets set shop UNSET') as string,
    });
  });

  test('that is no key of the provider makes it answer 503 and say the rule', async () => {
    const response = await post('wrong-key', '{}', standardHeaders('m', '{}'));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: 'secret-invalid',
      detail: expect.stringContaining('must be whsec_ and a key of 16 bytes or more in base64') as string,
    });
  });

  test('is used as soon as it is set; while it turns, both are accepted, and then the new one only', async () => {
    await set('TURNING', 'first', 0);
    const send = async (secret: string): Promise<number> => {
      const body = JSON.stringify({ id: `evt_${randomBytes(8).toString('hex')}` });
      return (await post('turning', body, stripeHeaders(body, secret))).status;
    };
    expect(await send('first')).toBe(200);
    await set('TURNING', 'second', 3_600_000);
    expect([await send('first'), await send('second')]).toEqual([200, 200]);
    await set('TURNING', 'third', 0);
    expect([await send('first'), await send('second'), await send('third')]).toEqual([401, 401, 200]);
  });

  test('of a tenant or function is not another’s', async () => {
    const body = '{"id":"evt_acme"}';
    const response = await fetch(`${url}/hooks/acme:shop/stripe`, {
      method: 'POST',
      body,
      headers: stripeHeaders(body),
    });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([503, 'secret-missing']);
  });

  test('that came in a header is not in the stored event', async () => {
    const gitlab = await post('gitlab', 'x', { 'x-gitlab-token': 'legacy-token', 'x-gitlab-event': 'Push Hook' });
    const basic = await post('basic', 'x', { authorization: `Basic ${btoa('erp:secret')}` });
    expect(Object.keys((await storedEvent(gitlab)).headers)).not.toContain('x-gitlab-token');
    expect(Object.keys((await storedEvent(basic)).headers)).not.toContain('authorization');
  });
});

describe('an address', () => {
  test.each([
    ['/hooks/shop/strip', 'webhook-not-found', 'Did you mean "stripe"?'],
    ['/hooks/shob/stripe', 'function-not-found', 'Did you mean "shop"?'],
    ['/hooks/shop', 'not-found', 'Webhooks answer at /hooks/<function>/<name of the webhook>.'],
    ['/hooks/shop/stripe/more', 'not-found', 'Webhooks answer at /hooks/<function>/<name of the webhook>.'],
  ])('%s is answered 404 with what is near', async (path, code, hint) => {
    const response = await fetch(url + path, { method: 'POST', body: 'x' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code, hint });
  });

  test.each(['GET', 'PUT', 'HEAD', 'DELETE'])('%s is answered 405', async (method) => {
    const response = await fetch(`${url}/hooks/shop/stripe`, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('Slack verifies is answered with its challenge, and makes no event', async () => {
    const body = '{"type":"url_verification","challenge":"3eZbrw1a"}';
    const response = await post('slack', body, slackHeaders(body));
    expect([response.status, await response.text()]).toEqual([200, '3eZbrw1a']);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(response.headers.get('sovfn-event')).toBeNull();
    expect((await post('slack', body, slackHeaders(body, 'guess'))).status).toBe(401);
  });
});

describe('a hostile sender', () => {
  test('cannot speak in the platform’s name', async () => {
    const response = await post('open', 'x', {
      'sovfn-webhook': 'stripe',
      'sovfn-webhook-delivery': 'evt_1',
      'sovfn-ce-id': '1',
    });
    const { headers } = await storedEvent(response);
    expect(headers['sovfn-webhook']).toBe('open');
    expect(Object.keys(headers)).not.toContain('sovfn-webhook-delivery');
    expect(Object.keys(headers)).not.toContain('sovfn-ce-id');
  });

  test('with a body over the limit is refused at once when it says so, and when it is passed', async () => {
    const declared = await exchange(control.bench.gateway.publicAddress, 'POST /hooks/shop/open HTTP/1.1', [
      'host: x',
      `content-length: ${256 * 1024 + 1}`,
      'expect: 100-continue',
    ]);
    expect(declared).toMatch(/^HTTP\/1\.1 413 /);
    using client = await RawClient.open(control.bench.gateway.publicAddress);
    client.send('POST /hooks/shop/open HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
    client.send(`${(256 * 1024 + 1).toString(16)}\r\n`);
    client.send(Buffer.alloc(256 * 1024 + 1));
    const answer = await client.until('}}');
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('Raise limits.bodyMb in sovfn.jsonc.');
  });

  test('that goes away in the middle of a body leaves nothing, and the next delivery is answered', async () => {
    const before = await eventCount();
    const client = await RawClient.open(control.bench.gateway.publicAddress);
    client.send('POST /hooks/shop/open HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf');
    client.socket.destroy();
    expect((await post('open', 'next', {})).status).toBe(201);
    expect(await eventCount()).toBe(before + 1);
  });
});

function post(
  name: string,
  body: string | Buffer<ArrayBuffer>,
  headers: Record<string, string>,
  query = '',
): Promise<Response> {
  return fetch(`${url}/hooks/shop/${name}${query}`, { method: 'POST', body, headers });
}

function stripeHeaders(payload: string, secret = STRIPE_SECRET, offsetSeconds = 0): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1_000) + offsetSeconds;
  return { 'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }) };
}

function standardHeaders(id: string, body: string): Record<string, string> {
  const now = new Date();
  const signature = new StandardWebhook(SECRETS.STANDARD).sign(id, now, body);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': signature,
  };
}

function slackHeaders(body: string, secret = SECRETS.SLACK): Record<string, string> {
  const time = String(Math.floor(Date.now() / 1_000));
  const signature = createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': time, 'x-slack-signature': `v0=${signature}` };
}

async function set(name: string, value: string, overlapMs: number | null = null): Promise<void> {
  const body = { v: 1, value, overlapMs };
  const { status } = await control.ask('PUT', `/v1/functions/shop/secrets/${name}`, { body });
  expect(status).toBe(200);
}

async function storedEvent(
  response: Response,
): Promise<{ head: EventHead; bytes: Buffer; headers: Record<string, string> }> {
  const id = response.headers.get('sovfn-event')!;
  const message = await streams.streams.getMessage(eventStream('fr'), { last_by_subj: `evt.fr.any.main.shop.${id}` });
  const { head, body } = decodeEvent(await sealed.open(message!.subject, message!.data));
  const flat = unpackHeaders(head.headers);
  const headers = Object.fromEntries(flat.flatMap((text, i) => (i % 2 === 0 ? [[text, flat[i + 1]!]] : [])));
  return { head, bytes: body, headers };
}

async function eventCount(): Promise<number> {
  const { state } = await streams.streams.info(eventStream('fr'), { subjects_filter: 'evt.>' });
  return Object.keys(state.subjects ?? {}).length;
}
