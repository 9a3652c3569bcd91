import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CHUNK_BYTES,
  EgressRules,
  functionConfigSchema,
  functionLimitsSchema,
  STREAM_IDLE_MS,
  STREAM_WINDOW,
} from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileEventPolicy } from '../../src/events/event-policy.ts';
import { type ExchangeSurroundings, FunctionExchange } from '../../src/http/function-exchange.ts';
import { Admission } from '../../src/http/admission/admission.ts';
import { FunctionCounts } from '../../src/metrics/function-counters.ts';
import type { DeployedFunction } from '../../src/routes/deployed-functions.ts';
import { Arrivals } from '../peers/arrivals.ts';
import { CallBench, targetOf } from '../peers/call-bench.ts';
import { type Address, RawClient } from '../peers/raw-client.ts';

const IDLE_MS = 30_000;
const START_MS = 60_000;
const TO: DeployedFunction = {
  tenant: 'main',
  name: 'f',
  version: 'ab'.repeat(32),
  shortVersion: 'abababababab',
  target: targetOf('f', 600_000),
  limits: functionLimitsSchema.parse({}),
  bodyBytes: 10_000_000,
  outputs: { keep: 'none', encrypt: false, days: null },
  egress: new EgressRules([]),
  events: compileEventPolicy(functionConfigSchema.parse({ name: 'f', main: 'index.ts' })),
  queues: new Map(),
  webhooks: new Map(),
  basePath: '/fn/f',
  routes: [],
  isCurrent: true,
  split: null,
  tally: null,
  counts: new FunctionCounts(),
};

/** Exchanges of their own server, whose clock is the test's: the limits are minutes. */
let bench: CallBench;
let address: Address;
const admission = new Admission({ targetMs: null, onShedding: () => undefined });
const watched = new Arrivals<{ exchange: FunctionExchange; dueAt: number }>();
const server = createServer((request, response) => {
  new FunctionExchange(surroundings(), request, response, {
    to: TO,
    host: 'x',
    url: 'http://x/',
    basePath: '',
  }).begin();
});
beforeAll(async () => {
  bench = await CallBench.start();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  admission[Symbol.dispose]();
  await bench[Symbol.asyncDispose]();
});

test('a client that stops in the middle of its body is told so after 30 seconds, and not before', async () => {
  using client = await RawClient.open(address);
  const before = performance.now();
  client.send('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nstart');
  const { exchange, dueAt } = await watched.next();
  expect(dueAt).toBeGreaterThanOrEqual(before + IDLE_MS);
  expect(exchange.onClientDue(before + IDLE_MS - 1)).toBeGreaterThanOrEqual(before + IDLE_MS);
  expect(exchange.onClientDue(performance.now() + IDLE_MS)).toBeNull();
  const answer = await client.until('}}');
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(answer).toContain('"code":"request-timeout"');
});

test('a client that sends the start of its body drop by drop has one minute for it', async () => {
  using client = await RawClient.open(address);
  client.send('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nstart');
  const { exchange } = await watched.next();
  const lastDrop = performance.now();
  expect(exchange.onClientDue(lastDrop + IDLE_MS - 1)).toBeLessThanOrEqual(lastDrop + START_MS);
  expect(exchange.onClientDue(performance.now() + START_MS)).toBeNull();
  expect(await client.until('}}')).toMatch(/^HTTP\/1\.1 408 /);
});

test('a client that does not read its answer for a minute is cut off, and the function is told', async () => {
  const before = performance.now();
  const cell = await bench.peer('c-unread');
  await cell.serve(TO.target);
  using client = await RawClient.open(address);
  client.socket.pause();
  client.send('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const served = await cell.calls.next();
  served.answerStreamed();
  let sequence = 0;
  const send = (chunks: number): void => {
    for (let i = 0; i < chunks; i++) served.chunk(sequence++, Buffer.alloc(CHUNK_BYTES));
  };
  send(STREAM_WINDOW);
  const lastFrame = (async () => {
    for (;;) {
      const frame = await served.frames.next();
      if (frame.kind !== 'credit') return frame;
      send(frame.chunks);
    }
  })();
  const { exchange, dueAt } = await watched.next();
  expect(dueAt).toBeGreaterThanOrEqual(before + STREAM_IDLE_MS);
  const closed = once(client.socket, 'close');
  while (exchange.onClientDue(performance.now() + STREAM_IDLE_MS) !== null) await cell.connection.flush();
  client.socket.resume();
  await closed;
  expect(await lastFrame).toEqual({ kind: 'cancel' });
});

function surroundings(): ExchangeSurroundings {
  const unused = (): never => {
    throw new Error('a function that keeps no outputs asked for one');
  };
  return {
    calls: bench.calls,
    outputs: { assertRoom: unused, start: unused },
    admission,
    newInvocation: () => '01jd0000000000000000000000',
    isDraining: () => false,
    watchClient: (exchange, dueAt) => watched.push({ exchange, dueAt }),
    onOver: () => undefined,
    onError: () => undefined,
  };
}
