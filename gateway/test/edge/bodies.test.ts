import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { CHUNK_BYTES, type ChunkFrame, INLINE_BODY_BYTES, STREAM_WINDOW } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';
import { exchange, RawClient } from '../peers/raw-client.ts';
import type { ServedCall } from '../peers/peer-cell.ts';

let bench: GatewayBench;
beforeAll(async () => {
  bench = await GatewayBench.start();
});
afterAll(() => bench[Symbol.asyncDispose]());

const KIB = 1024;
const LIMIT_BYTES = 256 * KIB;
const limits = { bodyMb: 0.25 };

test('a body that declares more than the limit is refused at once, without being read or called for', async () => {
  const cell = await bench.serve({ name: 'declared', limits });
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.send(`POST /fn/declared/ HTTP/1.1\r\nhost: x\r\ncontent-length: ${LIMIT_BYTES + 1}\r\n\r\n`);
  const answer = await client.until('}}');
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toContain('connection: close');
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
    code: 'body-too-large',
    limit: 'bodyMb',
    limitValue: 0.25,
    hint: 'Raise limits.bodyMb in sovfn.jsonc.',
  });
  expect(cell.calls.size).toBe(0);
});

test('a client that asks before it sends a body that is too large never sends it', async () => {
  await bench.serve({ name: 'asking', limits });
  const headers = ['host: x', `content-length: ${LIMIT_BYTES + 1}`, 'expect: 100-continue'];
  const answer = await exchange(bench.gateway.publicAddress, 'POST /fn/asking/ HTTP/1.1', headers);
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
});

test('a client that asks before it sends is told to go on', async () => {
  await bench.serve({ name: 'polite' }, (served) => served.answer(Buffer.from(served.call.body)));
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.send(
    'POST /fn/polite/ HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n',
  );
  expect(await client.until('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n');
  client.send('hi');
  expect(await client.untilClosed()).toMatch(/\r\n\r\nhi$/);
});

test('a body of unknown length is cut off when it passes the limit, and its call is cancelled', async () => {
  const cell = await bench.serve({ name: 'counted', limits });
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.send('POST /fn/counted/ HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
  client.send(chunked(Buffer.alloc(INLINE_BODY_BYTES + 1)));
  const served = await cell.calls.next();
  served.credit(STREAM_WINDOW);
  expect(await served.frames.next()).toMatchObject({ kind: 'chunk' });
  client.send(chunked(Buffer.alloc(LIMIT_BYTES)));
  expect(await client.until('}}')).toMatch(/^HTTP\/1\.1 413 /);
  let frame = await served.frames.next();
  while (frame.kind === 'chunk') frame = await served.frames.next();
  expect(frame).toEqual({ kind: 'cancel' });
});

test.each([0, 1, INLINE_BODY_BYTES, INLINE_BODY_BYTES + 1, LIMIT_BYTES])(
  'a body of %d bytes arrives whole',
  async (size) => {
    const cell = await bench.serve({ name: 'whole', limits });
    const body = randomBytes(size);
    const response = fetch(`${bench.url}/fn/whole/`, { method: 'POST', body });
    const served = await cell.calls.next();
    expect(served.call.streamed).toBe(size > INLINE_BODY_BYTES);
    const received = await receiveBody(served);
    expect(received.equals(body)).toBe(true);
    served.answer('ok');
    expect((await response).status).toBe(200);
    await cell.close();
  },
);

test('what a client streams reaches the function as it comes, before the body has ended', async () => {
  const cell = await bench.serve({ name: 'trickle', limits });
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.send('POST /fn/trickle/ HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
  client.send(chunked(Buffer.from('one')));
  const served = await cell.calls.next();
  expect([served.call.streamed, Buffer.from(served.call.body).toString()]).toEqual([true, 'one']);
  served.credit(STREAM_WINDOW);
  served.answerStreamed();
  served.chunk(0, Buffer.from('heard'));
  await client.until('heard');
  client.send(chunked(Buffer.from('two')));
  expect(await served.frames.next()).toMatchObject({ kind: 'chunk' });
  client.send('0\r\n\r\n');
  expect((await served.frames.next()).kind).toMatch(/^chunk-end$|^end$/);
  served.end(1);
  await client.until('0\r\n\r\n');
});

test('a client is slowed down to what the function takes: nothing piles up in the gateway', async () => {
  const cell = await bench.serve({ name: 'slow-sink', limits: { bodyMb: 100 } });
  const size = 64 * KIB * KIB;
  const before = process.memoryUsage().rss;
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.send(`POST /fn/slow-sink/ HTTP/1.1\r\nhost: x\r\ncontent-length: ${size}\r\n\r\n`);
  const piece = Buffer.alloc(64 * KIB);
  const fill = (): void => {
    while (!client.socket.writableNeedDrain) client.socket.write(piece);
  };
  for (let i = 0; i < 4; i++) client.socket.write(piece);
  const served = await cell.calls.next();
  await untilStill(() => client.socket.bytesWritten - client.socket.writableLength, fill);
  expect(client.socket.bytesWritten).toBeLessThan(16 * KIB * KIB);
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * KIB * KIB);
  client.socket.destroy();
  served.credit(1_000);
  expect(await lastFrame(served)).toEqual({ kind: 'cancel' });
});

test('a streamed response arrives whole, at the pace of its reader', async () => {
  const body = randomBytes(40 * CHUNK_BYTES);
  const cell = await bench.serve({ name: 'stream' });
  const response = fetch(`${bench.url}/fn/stream/`);
  const served = await cell.calls.next();
  served.answerStreamed();
  await sendBody(served, body);
  const got = Buffer.from(await (await response).arrayBuffer());
  expect(got.equals(body)).toBe(true);
});

test('what a function streams is passed on piece by piece, as soon as it comes', async () => {
  const cell = await bench.serve({ name: 'events' });
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.send('GET /fn/events/ HTTP/1.1\r\nhost: x\r\n\r\n');
  const served = await cell.calls.next();
  served.answerStreamed({ headers: 'content-type\ntext/event-stream\n' });
  await client.until('text/event-stream');
  served.chunk(0, Buffer.from('data: one\n\n'));
  expect(await client.until('data: one')).toContain('Transfer-Encoding: chunked');
  served.chunk(1, Buffer.from('data: two\n\n'));
  await client.until('data: two');
  served.end(2);
  expect(await client.until('0\r\n\r\n')).toMatch(/0\r\n\r\n$/);
});

test('a client that does not read stops the function: no credit is given for what it leaves', async () => {
  const cell = await bench.serve({ name: 'ignored' });
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.socket.pause();
  client.send('GET /fn/ignored/ HTTP/1.1\r\nhost: x\r\n\r\n');
  const served = await cell.calls.next();
  served.answerStreamed();
  const piece = Buffer.alloc(CHUNK_BYTES);
  let credits = STREAM_WINDOW;
  let sent = 0;
  await untilStill(
    () => sent + credits,
    () => {
      while (credits > 0) {
        served.chunk(sent++, piece);
        credits--;
      }
      while (served.frames.size > 0)
        void served.frames.next().then((frame) => frame.kind === 'credit' && (credits += frame.chunks));
    },
  );
  expect(sent * CHUNK_BYTES).toBeLessThan(32 * KIB * KIB);
  client.socket.destroy();
  expect(await lastFrame(served)).toEqual({ kind: 'cancel' });
});

test.each<[string, (socket: Socket) => void]>([
  ['closes', (socket) => socket.destroy()],
  ['resets', (socket) => socket.resetAndDestroy()],
])(
  'when the client %s its connection before the answer, the call is cancelled and nothing else happens',
  async (_how, leave) => {
    const cell = await bench.serve({ name: 'left' });
    using client = await RawClient.open(bench.gateway.publicAddress);
    client.send('GET /fn/left/ HTTP/1.1\r\nhost: x\r\n\r\n');
    const served = await cell.calls.next();
    served.taken();
    await cell.connection.flush();
    leave(client.socket);
    expect(await lastFrame(served)).toEqual({ kind: 'cancel' });
    expect(bench.drainEvents()).not.toContain('exchange-failed');
    await cell.close();
  },
);

test('a client that sends less than it declared cancels its call', async () => {
  const cell = await bench.serve({ name: 'short', limits });
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.send(`POST /fn/short/ HTTP/1.1\r\nhost: x\r\ncontent-length: ${LIMIT_BYTES}\r\n\r\n`);
  client.send(Buffer.alloc(INLINE_BODY_BYTES + 1));
  const served = await cell.calls.next();
  served.credit(STREAM_WINDOW);
  client.socket.destroy();
  expect(await lastFrame(served)).toEqual({ kind: 'cancel' });
});

test('an answer that comes before the body has ended is delivered, and the connection closed', async () => {
  const cell = await bench.serve({ name: 'early', limits });
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.send(`POST /fn/early/ HTTP/1.1\r\nhost: x\r\ncontent-length: ${LIMIT_BYTES}\r\n\r\n`);
  client.send(Buffer.alloc(INLINE_BODY_BYTES + 1));
  (await cell.calls.next()).answer('enough', { status: 401 });
  const answer = await client.untilClosed();
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(answer).toMatch(/\r\n\r\nenough$/);
});

test('a streamed response that declares a length and sends less is cut off, never ended', async () => {
  const cell = await bench.serve({ name: 'lying' });
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.send('GET /fn/lying/ HTTP/1.1\r\nhost: x\r\n\r\n');
  const served = await cell.calls.next();
  served.answerStreamed({ headers: 'content-length\n10\n' });
  served.chunk(0, Buffer.from('five!'));
  served.end(1);
  const answer = await client.untilClosed();
  expect(answer).toContain('content-length: 10\r\n');
  expect(answer.length - answer.indexOf('\r\n\r\n')).toBeLessThan(4 + 10);
});

function chunked(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

async function receiveBody(served: ServedCall): Promise<Buffer> {
  const parts = [Buffer.from(served.call.body)];
  if (!served.call.streamed) return parts[0]!;
  served.credit(STREAM_WINDOW);
  for (let frame = await served.frames.next(); frame.kind !== 'end'; frame = await served.frames.next()) {
    parts.push(Buffer.from((frame as ChunkFrame).bytes));
    served.credit(1);
  }
  return Buffer.concat(parts);
}

/** Sends a response's body as a cell does: never more than it has credits for. */
async function sendBody(served: ServedCall, body: Buffer): Promise<void> {
  let credits = STREAM_WINDOW;
  let sequence = 0;
  for (let at = 0; at < body.length; at += CHUNK_BYTES) {
    while (credits === 0) {
      const frame = await served.frames.next();
      if (frame.kind === 'credit') credits += frame.chunks;
    }
    credits--;
    served.chunk(sequence++, body.subarray(at, at + CHUNK_BYTES));
  }
  served.end(sequence);
}

async function lastFrame(served: ServedCall): Promise<unknown> {
  let frame = await served.frames.next();
  while (frame.kind === 'chunk' || frame.kind === 'credit') frame = await served.frames.next();
  return frame;
}

/** Acts until the value has not changed during a while of turns of the event loop and round trips over the bus. */
async function untilStill(value: () => number, act: () => void): Promise<void> {
  const probe = await bench.cell('c-probe');
  let last = -1;
  for (let still = 0; still < 50; still = value() === last ? still + 1 : 0) {
    last = value();
    act();
    await probe.connection.flush();
  }
  await probe.close();
}
