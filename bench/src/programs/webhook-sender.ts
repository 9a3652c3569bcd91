/**
 * Sends signed webhook deliveries: `webhook-sender.ts <url> <connections> <seconds>`, the secret on stdin. Each is 1 KB,
 * has an id of its own, and is signed as Standard Webhooks before the time begins. Each connection has one on its way.
 * Prints a LoadResult as JSON; "requests" are deliveries that were accepted.
 */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { text } from 'node:stream/consumers';
import type { LoadResult } from '../load/load-generator.ts';

const BODY = JSON.stringify({ type: 'payment.succeeded', data: 'x'.repeat(980) });
const MICROSECONDS_PER_MS = 1_000;
/** Far more than any machine accepts in a second: all are signed before. */
const MOST_PER_SECOND = 25_000;
const END_OF_HEAD = '\r\n\r\n';

const [url, connections, seconds] = process.argv.slice(2) as [string, string, string];
const { hostname, port, pathname } = new URL(url);
const key = Buffer.from((await text(process.stdin)).trim().replace(/^whsec_/, ''), 'base64');
const deliveries = signAll(Math.ceil(Number(seconds) * MOST_PER_SECOND));
const latencies = createHistogram();
let failures = 0;
let isOver = false;

const sockets = await Promise.all(Array.from({ length: Number(connections) }, open));
const startedAt = performance.now();
setTimeout(() => (isOver = true), Number(seconds) * 1_000);
await Promise.all(sockets.map(run));
const elapsed = (performance.now() - startedAt) / 1_000;
const result: LoadResult = {
  requestsPerSecond: latencies.count / elapsed,
  p50Ms: latencies.percentile(50) / MICROSECONDS_PER_MS,
  p99Ms: latencies.percentile(99) / MICROSECONDS_PER_MS,
  failures,
};
process.stdout.write(`${JSON.stringify(result)}\n`);

async function open(): Promise<Socket> {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  return socket;
}

async function run(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let sentAt = 0;
  let head = '';
  const send = (): void => {
    const next = isOver ? undefined : deliveries.pop();
    if (next === undefined) {
      socket.destroy();
      return resolve();
    }
    sentAt = performance.now();
    socket.write(next);
  };
  socket.setEncoding('latin1').on('error', reject);
  socket.on('data', (chunk: string) => {
    head += chunk;
    // The answers that count have no body.
    if (!head.includes(END_OF_HEAD)) return;
    if (head.startsWith('HTTP/1.1 200'))
      latencies.record(Math.round((performance.now() - sentAt) * MICROSECONDS_PER_MS));
    else failures++;
    head = '';
    send();
  });
  send();
  await promise;
}

function signAll(count: number): Buffer[] {
  const timestamp = Math.floor(Date.now() / 1_000);
  const life = `msg_${process.pid}_${timestamp}_`;
  return Array.from({ length: count }, (_, number) => {
    const id = life + number;
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${BODY}`).digest('base64');
    const headers = [
      `POST ${pathname} HTTP/1.1`,
      `host: ${hostname}`,
      'content-type: application/json',
      `content-length: ${BODY.length}`,
      `webhook-id: ${id}`,
      `webhook-timestamp: ${timestamp}`,
      `webhook-signature: v1,${signature}`,
    ];
    return Buffer.from(`${headers.join('\r\n')}${END_OF_HEAD}${BODY}`);
  });
}
