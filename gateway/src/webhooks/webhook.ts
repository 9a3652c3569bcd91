/** A webhook of a deployed version, with everything a delivery needs worked out once at deploy. */
import { durationMs, secretsOfWebhook, type WebhookConfig, type WebhookProvider } from '@sovfn/protocol';
import { schemeOf } from './providers/index.ts';
import type { Scheme } from './scheme.ts';

export interface Webhook {
  readonly name: string;
  readonly provider: WebhookProvider | 'none';
  readonly scheme: Scheme;
  /** Names of the secrets that a delivery may be signed with; none only when nothing is verified. */
  readonly secrets: readonly string[];
  readonly toleranceMs: number;
  /** Headers of id and type, for senders whose scheme has none; or null. */
  readonly idHeader: string | null;
  readonly typeHeader: string | null;
  readonly acknowledgement: Acknowledgement;
}

/** What a sender is answered once its delivery is accepted. */
export interface Acknowledgement {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
}

/** By name. */
export function compileWebhooks(configs: readonly WebhookConfig[]): ReadonlyMap<string, Webhook> {
  return new Map(configs.map((config) => [config.name, compileWebhook(config)]));
}

function compileWebhook(config: WebhookConfig): Webhook {
  const { name, provider = 'none', tolerance, idHeader = null, typeHeader = null, acknowledge } = config;
  return {
    name,
    provider,
    scheme: schemeOf(config),
    secrets: secretsOfWebhook(config),
    toleranceMs: durationMs(tolerance),
    idHeader,
    typeHeader,
    acknowledgement: { ...acknowledge, body: Buffer.from(acknowledge.body) },
  };
}
