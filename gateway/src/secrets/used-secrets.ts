import { type FunctionConfig, secretsOfWebhook } from '@sovfn/protocol';
import type { FunctionName } from '../outputs/output-address.ts';
import type { SecretStore } from './secret-store.ts';

type SecretUse = Pick<FunctionConfig, 'secrets' | 'webhooks'>;

/** Names of the secrets that a version's code or webhooks need. */
export function usedSecrets({ secrets, webhooks }: SecretUse): ReadonlySet<string> {
  return new Set([...secrets, ...webhooks.flatMap((webhook) => secretsOfWebhook(webhook))]);
}

/** Those that are not set. */
export function missingSecrets(store: SecretStore, of: FunctionName, use: SecretUse): string[] {
  return [...usedSecrets(use)].filter((name) => !store.has(of, name));
}
