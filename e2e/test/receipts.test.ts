import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { publicJwkSchema, readableJson, type Receipt, receiptSchema, verifyReceipt } from '@sovfn/protocol';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let platform: TestPlatform;
let publicKey: string;
beforeAll(async () => {
  platform = await startPlatform({ allowPrivate: true });
  const text = await readFile(join(platform.data, 'platform-key.json'), 'utf8');
  publicKey = publicJwkSchema.parse(JSON.parse(text)).x;
}, 120_000);
afterAll(() => platform[Symbol.asyncDispose]());

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('base64url');

/** Node and gateway sign a moment after the call. */
async function receiptOf(invocation: string): Promise<Receipt> {
  for (;;) {
    const response = await platform.control(`/v1/receipts/${invocation}`);
    if (response.status === 404) continue;
    const receipt = receiptSchema.parse(await response.json());
    if (receipt.node !== null || receipt.gateway.call.node === null) return receipt;
  }
}

const invocationOf = (response: Response): string => response.headers.get('sovfn-invocation')!;

test('the receipt of a call proves where it ran, by which code, what went in and what came out', async () => {
  const code = `export default { async fetch(request) { return new Response(await request.text() + '!', { status: 201 }); } };`;
  const { version } = await platform.deploy({ name: 'echo', code });
  const response = await platform.call('/fn/echo/', { method: 'POST', body: 'bonjour' });
  const receipt = verifyReceipt(readableJson(await receiptOf(invocationOf(response))), publicKey);
  expect(receipt.gateway).toMatchObject({
    context: { gateway: 'gw-1', zone: 'fr', tenant: 'main', function: 'echo', version },
    call: {
      ...{
        invocation: invocationOf(response),
        trigger: 'http',
        event: null,
        outcome: 'ok',
        status: 201,
        node: 'node-1',
      },
      input: { bytes: 7, sha256: sha256('bonjour') },
      output: { bytes: 8, sha256: sha256('bonjour!') },
    },
  });
  expect(receipt.node).toMatchObject({
    context: { node: 'node-1', zone: 'fr', function: 'echo', version },
    call: { outcome: 'ok', status: 201 },
    labels: { labels: { country: 'FR', basis: 'assumed' } },
  });
});

test('the receipt of each of thousands of calls that came at once verifies', { timeout: 120_000 }, async () => {
  const code = `export default { async fetch(request) { return new Response(new URL(request.url).search); } };`;
  await platform.deploy({ name: 'busy', code, config: { outputs: 'none', limits: { concurrency: 1_000 } } });
  const invocations = new Map<number, string>();
  const callFrom = async (first: number): Promise<void> => {
    for (let number = first; number < 3_000; number += 100) {
      const response = await platform.call(`/fn/busy/?${number}`);
      expect(await response.text()).toBe(`?${number}`);
      invocations.set(number, invocationOf(response));
    }
  };
  await Promise.all(Array.from({ length: 100 }, (_, first) => callFrom(first)));
  let largest = 0;
  for (const number of [0, 999, 1_500, 2_222, 2_999]) {
    const receipt = verifyReceipt(readableJson(await receiptOf(invocations.get(number)!)), publicKey);
    expect(receipt.gateway.call.output?.sha256).toBe(sha256(`?${number}`));
    largest = Math.max(largest, receipt.gateway.batch.size);
  }
  expect(largest).toBeGreaterThan(1);
});

const ASKS = `export default { async fetch() {
  const answered = await fetch(TARGET, { method: 'POST', body: 'twelve bytes' });
  await answered.text();
  const refused = await fetch('https://nowhere.example/').then(() => 'sent', () => 'refused');
  return new Response(answered.status + ' ' + refused);
} };`;

test('a receipt lists what the call asked of the outside, and what was refused', async () => {
  await using target = await startServer((_request, response) => response.writeHead(202).end('ok'));
  const config = { egress: [target.origin] };
  await platform.deploy({ name: 'asks', code: ASKS.replace('TARGET', `'${target.origin}/secret-path'`), config });
  const response = await platform.call('/fn/asks/');
  expect(await response.text()).toBe('202 refused');
  const { node } = verifyReceipt(readableJson(await receiptOf(invocationOf(response))), publicKey);
  expect(node?.call.egress).toMatchObject({
    requests: 2,
    listed: [
      { method: 'POST', origin: target.origin, address: '127.0.0.1', outcome: 'answered', status: 202, sentBytes: 12 },
      { method: 'GET', origin: 'https://nowhere.example', address: null, outcome: 'refused', status: null },
    ],
  });
  expect(JSON.stringify(node)).not.toContain('secret-path');
});

test('no character of a receipt can be altered, nor can it be spelled in another way', async () => {
  await using target = await startServer((_request, response) => response.end('ok'));
  const config = { egress: [target.origin] };
  await platform.deploy({ name: 'many', code: ASKS.replace('TARGET', `'${target.origin}/'`), config });
  // Several in one batch, so that there are paths.
  const responses = await Promise.all(Array.from({ length: 6 }, () => platform.call('/fn/many/')));
  const text = readableJson(await receiptOf(invocationOf(responses[3]!)));
  expect(verifyReceipt(text, publicKey).gateway.batch.v).toBe(2);
  const accepted: string[] = [];
  const attempt = (altered: string, what: string): void => {
    try {
      verifyReceipt(altered, publicKey);
      accepted.push(what);
    } catch (error) {
      expect(error).toMatchObject({ code: 'receipt-invalid' });
    }
  };
  for (let at = 0; at < text.length; at++) {
    const to = text[at] === 'b' ? 'c' : 'b';
    if (/[A-Za-z0-9]/.test(text[at]!))
      attempt(text.slice(0, at) + to + text.slice(at + 1), `${at}: ${text.slice(at, at + 10)}`);
    if (at % 20 === 0) attempt(text.slice(0, at) + text.slice(at + 1), `without ${at}`);
  }
  attempt(`${text} `, 'a space behind');
  attempt(text.replace('"v"', '"\\u0076"'), 'an escape');
  attempt(text.replace('"v": 1', '"v": 1.0'), 'a number');
  attempt(text.replace('{', '{\n  "note": "x",'), 'a further key');
  attempt(readableJson({ ...(JSON.parse(text) as Receipt), node: null }).replace('"node-1"', '"node-2"'), 'a half');
  expect(accepted).toEqual([]);
}, 120_000);

test('bodies that are streamed are hashed whole, in both directions', async () => {
  const code = `export default { fetch: (request) => new Response(request.body) };`;
  await platform.deploy({ name: 'pipe', code, config: { limits: { bodyMb: 8 } } });
  const body = Buffer.alloc(3_000_000, 'stream of bytes ');
  const response = await platform.call('/fn/pipe/', { method: 'POST', body });
  expect((await response.arrayBuffer()).byteLength).toBe(body.length);
  const { gateway } = verifyReceipt(readableJson(await receiptOf(invocationOf(response))), publicKey);
  const digest = { bytes: body.length, sha256: sha256(body) };
  expect(gateway.call).toMatchObject({ input: digest, output: digest });
});

test('a call that failed has a receipt that says how, and one of the event names the event and the attempt', async () => {
  const code = `export default { fetch() { throw new Error('no'); } };`;
  await platform.deploy({ name: 'bad', code, config: { retry: { attempts: 1 } } });
  const failed = await platform.call('/fn/bad/');
  const receipt = verifyReceipt(readableJson(await receiptOf(invocationOf(failed))), publicKey);
  expect(receipt.gateway.call).toMatchObject({ outcome: 'exception', output: null });
  expect(receipt.node?.call.outcome).toBe('exception');

  const accepted = await platform.call('/fn/bad/', { method: 'POST', headers: { prefer: 'respond-async' } });
  const { event } = (await accepted.json()) as { event?: string; id?: string };
  expect(accepted.status).toBe(202);
  for (;;) {
    const shown = await platform.control(`/v1/events/${event!}`);
    const { attempts } = (await shown.json()) as { attempts?: readonly { invocation: string }[] };
    if (attempts?.[0] === undefined) continue;
    const ofEvent = await receiptOf(attempts[0].invocation);
    expect(ofEvent.gateway.call).toMatchObject({ trigger: 'async', event, attempt: 1, outcome: 'exception' });
    expect(ofEvent.node?.call).toMatchObject({ event, attempt: 1 });
    return;
  }
}, 60_000);

test('there is no receipt of a call that never was', async () => {
  expect((await platform.control('/v1/receipts/01k2v5w8q9xr3t7yb4n6m0zc1d')).status).toBe(404);
});

async function startServer(listener: RequestListener) {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => listener(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
