/**
 * Publishes messages of 1 KB to a JetStream stream: `stream-publisher.ts <port> <single|batch> <in flight> <seconds>`.
 * `single`: by the client library, each acknowledged by itself. `batch`: atomic batches, `in flight` messages in each, one
 * after the other. Prints a LoadResult as JSON; the latency is that of one publish, or of one batch.
 */
import { createHistogram } from 'node:perf_hooks';
import { jetstream, jetstreamManager, RetentionPolicy } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { AtomicBatches } from '@sovfn/bus';
import type { LoadResult } from '../load/load-generator.ts';
import { connectPeer } from './nats-peer.ts';

const STREAM = 'BENCH';
const SUBJECT = 'bench.event';
const PAYLOAD = Buffer.alloc(1_024, 'x');
const MICROSECONDS_PER_MS = 1_000;

const [port, mode, inFlight, seconds] = process.argv.slice(2) as [string, 'single' | 'batch', string, string];
const connection = await connect({ servers: `127.0.0.1:${port}` });
const manager = await jetstreamManager(connection);
await manager.streams.add({
  name: STREAM,
  subjects: [SUBJECT],
  retention: RetentionPolicy.Workqueue,
  allow_atomic: true,
});
await manager.streams.purge(STREAM);
const latencies = createHistogram();
const isOver = { yet: false };
setTimeout(() => (isOver.yet = true), Number(seconds) * 1_000);
const startedAt = performance.now();
const messages = mode === 'single' ? await publishSingly(Number(inFlight)) : await publishBatches(Number(inFlight));
const result: LoadResult = {
  requestsPerSecond: messages / ((performance.now() - startedAt) / 1_000),
  p50Ms: latencies.percentile(50) / MICROSECONDS_PER_MS,
  p99Ms: latencies.percentile(99) / MICROSECONDS_PER_MS,
  failures: 0,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
await connection.close();

async function publishSingly(atOnce: number): Promise<number> {
  const stream = jetstream(connection);
  let count = 0;
  const worker = async (): Promise<void> => {
    while (!isOver.yet) {
      await timed(async () => stream.publish(SUBJECT, PAYLOAD));
      count++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return count;
}

async function publishBatches(size: number): Promise<number> {
  const wire = await connectPeer(Number(port), 'batches');
  const batches = new AtomicBatches({ wire, inboxPrefix: '_INBOX.bench' });
  const batch = Array.from({ length: size }, () => ({ subject: SUBJECT, headers: '', payload: PAYLOAD }));
  let count = 0;
  while (!isOver.yet) {
    await timed(async () => batches.commit(batch));
    count += size;
  }
  batches.close();
  await wire.close();
  return count;
}

async function timed(act: () => Promise<unknown>): Promise<void> {
  const from = performance.now();
  await act();
  latencies.record(Math.max(1, Math.round((performance.now() - from) * MICROSECONDS_PER_MS)));
}
