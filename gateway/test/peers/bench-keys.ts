import type { NatsConnection } from '@nats-io/transport-node';
import type { GatewayConfig } from '../../src/index.ts';
import { DataKeys } from '../../src/keys/data-keys.ts';
import { FileKeys } from '../../src/keys/file-keys.ts';

/** The keys of a bench's gateways, for what reads and writes beside them. Whoever opens them closes them. */
export async function openBenchKeys(connection: NatsConnection, { keys }: GatewayConfig): Promise<DataKeys> {
  const { folder, cacheMs } = keys!;
  const onInvalid = (entry: string): never => {
    throw new Error(`the data key ${entry} is invalid`);
  };
  return DataKeys.open({ connection, provider: new FileKeys(folder), cacheMs, onInvalid });
}
