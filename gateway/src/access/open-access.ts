import type { NatsConnection } from '@nats-io/transport-node';
import type { GatewayConfig } from '../config.ts';
import { logInvalidRecord } from '../events.ts';
import type { Log } from '../logger.ts';
import { Logins } from './oidc/logins.ts';
import { readLoginTrust } from './oidc/read-trust.ts';
import { TenantQuotas } from './tenant-quotas.ts';
import { TenantRegistry } from './tenant-registry.ts';
import { TokenRegistry } from './token-registry.ts';

export interface AccessOptions {
  readonly connection: NatsConnection;
  readonly config: GatewayConfig;
  readonly log: Log;
  readonly parts: AsyncDisposableStack;
}

/** Who may use the platform, and how much of it. */
export async function openAccess({ connection, config, log, parts }: AccessOptions) {
  const logins = new Logins(config.oidcFile === undefined ? null : await readLoginTrust(config.oidcFile));
  const invalidIn = (bucket: string) => (key: string, reason: string) => logInvalidRecord(log, bucket, key, reason);
  const tokens = await TokenRegistry.open({ connection, onInvalid: invalidIn('tokens') });
  const open = await TenantRegistry.open({
    connection,
    defaultTenant: config.tenant,
    onInvalid: invalidIn('tenants'),
  });
  const tenants = parts.adopt(open, (registry) => registry.close());
  const quotas = new TenantQuotas({ quotasOf: (tenant) => tenants.quotas(tenant) });
  return { tokens, tenants, quotas, logins };
}
