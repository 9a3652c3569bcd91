import type { NatsConnection } from '@nats-io/transport-node';
import type { FunctionRegistry } from '@sovfn/bus';
import type { AuditTrail } from '../audit/audit-trail.ts';
import type { GatewayConfig } from '../config.ts';
import { logInvalidRecord } from '../events.ts';
import type { Log } from '../logger.ts';
import { DataKeys } from './data-keys.ts';
import { KeyGrants } from './key-grants.ts';
import { KeyWatch } from './key-watch.ts';
import { openKeyProvider } from './open-key-provider.ts';

export interface OpenKeysOptions {
  readonly config: GatewayConfig;
  readonly audit: Pick<AuditTrail, 'count'>;
  readonly log: Log;
  readonly connection: NatsConnection;
  readonly registry: FunctionRegistry;
  /** Ends what is opened. */
  readonly parts: AsyncDisposableStack;
}

/** Opens the data keys, gives nodes theirs, and watches whose can be used. Throws `config-not-found`, `bus-unavailable`. */
export async function openKeys(
  options: OpenKeysOptions,
): Promise<{ readonly keys: DataKeys; readonly keyWatch: KeyWatch }> {
  const { config, audit, log, connection, registry, parts } = options;
  const { cacheMs } = config.keys;
  const onInvalid = (entry: string, reason: string): void => logInvalidRecord(log, 'data-keys', entry, reason);
  const provider = await openKeyProvider(config.keys, parts);
  const keys = parts.adopt(await DataKeys.open({ connection, provider, cacheMs, onInvalid }), (open) => open.close());
  const grants = new KeyGrants({ connection, zones: config.zones, registry, keys, cacheMs, log });
  parts.defer(() => grants.close());
  const keyWatch = parts.adopt(await KeyWatch.open({ registry, keys, cacheMs, audit, log }), (open) => open.close());
  return { keys, keyWatch };
}
