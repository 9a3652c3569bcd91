import type { JetStreamManager } from '@nats-io/jetstream';
import { SovfnError } from '@sovfn/protocol';

/** On how many servers each stream and bucket is kept: 1, or 3 in a cluster. */
export type Replicas = 1 | 3;

/** A stream that exists keeps its number: changing it moves data between servers, which the operator decides. Throws `config-invalid`. */
export async function assertReplicas(streams: JetStreamManager, stream: string, replicas: Replicas): Promise<void> {
  const { config } = await streams.streams.info(stream);
  if (config.num_replicas === replicas) return;
  throw new SovfnError(
    'config-invalid',
    `the stream ${stream} has ${config.num_replicas} replicas, and bus.replicas is ${replicas}`,
    {
      hint: `Set bus.replicas to ${config.num_replicas}, or change each stream with \`nats stream update ${stream} --replicas ${replicas}\`.`,
      facts: { limit: 'replicas', limitValue: replicas, measured: config.num_replicas },
    },
  );
}
