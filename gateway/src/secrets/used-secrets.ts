import { type FunctionConfig, secretNames } from '@sovfn/protocol';
import type { FunctionName } from '../outputs/output-address.ts';
import type { SecretStore } from './secret-store.ts';

/** Names of the secrets that a version's code or webhooks need, and that are not set. */
export function missingSecrets(
  store: SecretStore,
  of: FunctionName,
  config: Pick<FunctionConfig, 'secrets' | 'webhooks'>,
): string[] {
  return secretNames(config).filter((name) => !store.has(of, name));
}
