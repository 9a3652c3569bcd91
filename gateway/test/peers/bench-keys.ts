import type { NatsConnection } from '@nats-io/transport-node';
import type { GatewayConfig } from '../../src/index.ts';
import { DataKeys } from '../../src/keys/data-keys.ts';
import { openKeyProvider } from '../../src/keys/open-key-provider.ts';

/** The keys of a bench's gateways, for what reads and writes beside them. Whoever opens them closes them. */
export async function openBenchKeys(connection: NatsConnection, { keys }: GatewayConfig): Promise<DataKeys> {
  const { cacheMs } = keys;
  const onInvalid = (entry: string): never => {
    throw new Error(`the data key ${entry} is invalid`);
  };
  const provider = await openKeyProvider(keys, new AsyncDisposableStack());
  return DataKeys.open({ connection, provider, cacheMs, onInvalid });
}
