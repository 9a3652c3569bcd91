/**
 * Measures round trips on NATS: `nats-caller.ts <port> <in flight> <seconds>`. Calls as the gateway does: one connection,
 * one wildcard inbox, the next request of a slot once its answer is there. Prints a LoadResult as JSON.
 */
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadResult } from '../load/load-generator.ts';
import { connectPeer, ECHO_SUBJECT } from './nats-peer.ts';

/** This process runs its code hot first, as a load generator in machine code need not. Milliseconds. */
const WARM_UP_MS = 500;
/** A slot that has waited this long for its answer will not get one. Milliseconds. */
const LOST_AFTER_MS = 500;
const INBOX = '_INBOX.bench';
const PAYLOAD = Buffer.from('hello');
const MICROSECONDS_PER_MS = 1_000;

const [port, inFlight, seconds] = process.argv.slice(2).map(Number) as [number, number, number];
const client = await connectPeer(port, 'caller');
const latencies = createHistogram();
const sentAt: number[] = [];
let isOver = false;

client.subscribe(`${INBOX}.*`, null, (_payload, subject) => {
  const slot = Number(subject.slice(INBOX.length + 1));
  const elapsedUs = (performance.now() - sentAt[slot]!) * MICROSECONDS_PER_MS;
  latencies.record(Math.max(1, Math.round(elapsedUs)));
  if (!isOver) send(slot);
});
await client.flush();
for (let slot = 0; slot < inFlight; slot++) send(slot);
await delay(WARM_UP_MS);
latencies.reset();
const startedAt = performance.now();
await delay(seconds * 1_000);
isOver = true;
process.stdout.write(`${JSON.stringify(result(performance.now()))}\n`);
await client.close();

function send(slot: number): void {
  sentAt[slot] = performance.now();
  client.publish(ECHO_SUBJECT, PAYLOAD, `${INBOX}.${slot}`);
}

function result(endedAt: number): LoadResult {
  return {
    requestsPerSecond: latencies.count / ((endedAt - startedAt) / 1_000),
    p50Ms: latencies.percentile(50) / MICROSECONDS_PER_MS,
    p99Ms: latencies.percentile(99) / MICROSECONDS_PER_MS,
    failures: sentAt.filter((at) => endedAt - at > LOST_AFTER_MS).length,
  };
}
