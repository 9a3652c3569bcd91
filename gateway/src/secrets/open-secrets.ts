import type { NatsConnection } from '@nats-io/transport-node';
import type { FunctionRegistry } from '@sovfn/bus';
import type { GatewayConfig } from '../config.ts';
import { logInvalidRecord } from '../events.ts';
import type { DataKeys } from '../keys/data-keys.ts';
import type { Log } from '../logger.ts';
import { SecretGrants } from './secret-grants.ts';
import { SecretStore } from './secret-store.ts';

export interface SecretsOptions {
  readonly connection: NatsConnection;
  readonly config: Pick<GatewayConfig, 'zones'>;
  readonly registry: FunctionRegistry;
  readonly keys: DataKeys;
  readonly log: Log;
  readonly parts: AsyncDisposableStack;
}

/** Secrets, and what nodes are given of them. `parts` closes both. */
export async function openSecrets({ connection, config, registry, keys, log, parts }: SecretsOptions) {
  const onInvalid = (key: string, reason: string): void => logInvalidRecord(log, 'secrets', key, reason);
  const store = parts.adopt(await SecretStore.open({ connection, keys, onInvalid }), (open) => open.close());
  const { zones } = config;
  parts.adopt(new SecretGrants({ connection, zones, registry, secrets: store, log }), (grants) => grants.close());
  return store;
}
