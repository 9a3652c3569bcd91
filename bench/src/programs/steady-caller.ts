/**
 * Calls at a steady rate, whether earlier calls have been answered or not: `steady-caller.ts <url> <per second> <connections>
 * <seconds>`. The latency begins when a call was to be sent, so one that waits for a free connection counts whole. Prints a
 * LoadResult as JSON.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadResult } from '../load/load-generator.ts';
import { AnswerReader } from './answer-reader.ts';

/** At the rate, before anything counts. Milliseconds. */
const WARM_UP_MS = 1_000;
/** For the last answers. Milliseconds. */
const GRACE_MS = 5_000;
const TICK_MS = 1;
const MICROSECONDS_PER_MS = 1_000;

const [address = '', ...numbers] = process.argv.slice(2);
const [perSecond = 0, connections = 0, seconds = 0] = numbers.map(Number);
const { hostname, port, pathname } = new URL(address);
const message = `GET ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n\r\n`;
const latencies = createHistogram();
const waiting: number[] = [];
let [sent, answered, failures] = [0, 0, 0];

const free = await Promise.all(Array.from({ length: connections }, open));
await callSteadily(WARM_UP_MS);
latencies.reset();
failures = 0;
await callSteadily(seconds * 1_000);
const counted = latencies.count;
const giveUpAt = performance.now() + GRACE_MS;
while (answered < sent && performance.now() < giveUpAt) await delay(TICK_MS);
const result: LoadResult = {
  requestsPerSecond: counted / seconds,
  p50Ms: latencies.percentile(50) / MICROSECONDS_PER_MS,
  p99Ms: latencies.percentile(99) / MICROSECONDS_PER_MS,
  failures: failures + sent - answered,
};
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));

interface Connection {
  readonly call: (dueAt: number) => void;
}

async function open(): Promise<Connection> {
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  let dueAt = 0;
  const reader = new AnswerReader((status) => {
    answered++;
    if (status !== 200) failures++;
    latencies.record(Math.max(1, Math.round((performance.now() - dueAt) * MICROSECONDS_PER_MS)));
    const next = waiting.shift();
    if (next === undefined) free.push(connection);
    else connection.call(next);
  });
  const connection: Connection = {
    call: (at) => {
      dueAt = at;
      socket.write(message);
    },
  };
  socket.setEncoding('latin1').on('data', (text: string) => reader.read(text));
  return connection;
}

async function callSteadily(forMs: number): Promise<void> {
  const startedAt = performance.now();
  for (let done = 0, elapsed = 0; elapsed < forMs; elapsed = performance.now() - startedAt) {
    for (const due = Math.floor((elapsed * perSecond) / 1_000); done < due; done++) callNow();
    await delay(TICK_MS);
  }
}

function callNow(): void {
  sent++;
  const now = performance.now();
  const connection = free.pop();
  if (connection === undefined) waiting.push(now);
  else connection.call(now);
}
