/** What a version does with its secrets, as whoever carries it out must know it. Pure. */
import type { FunctionConfig } from '../config.ts';
import { readEgressPattern } from '../config/egress.ts';
import { nameOfSecret, secretOrigin } from '../config/secrets.ts';
import { secretsOfWebhook } from '../config/webhooks.ts';
import { egressRule } from './rules.ts';

export interface SecretUse {
  readonly name: string;
  /** The code reads the value itself; else `env` has a placeholder. */
  readonly isExposed: boolean;
  /** The code has HMACs made and checked with the value, by its placeholder. */
  readonly isForSigning: boolean;
  /** Rules in the form of `egress`: where a placeholder is replaced. Empty for an exposed one. */
  readonly origins: readonly string[];
  /** A placeholder is replaced in paths and queries as well as in headers. */
  readonly isInUrl: boolean;
}

/** Of the secrets that the code lists, in their order. */
export function secretUses({ secrets, egress }: Pick<FunctionConfig, 'secrets' | 'egress'>): SecretUse[] {
  return secrets.map((written) => {
    const {
      hosts = null,
      url: isInUrl = false,
      expose: isExposed = false,
      sign: isForSigning = false,
    } = typeof written === 'string' ? {} : written;
    const name = nameOfSecret(written);
    if (isExposed) return { name, isExposed, isForSigning: false, origins: [], isInUrl: false };
    const byDefault = isForSigning ? [] : namedOrigins(egress);
    return { name, isExposed, isForSigning, origins: hosts === null ? byDefault : hosts.map(secretOrigin), isInUrl };
  });
}

/** Names of all secrets that a version has to do with: its code's and its webhooks'. */
export function secretNames({ secrets, webhooks }: Pick<FunctionConfig, 'secrets' | 'webhooks'>): string[] {
  return [...new Set([...secrets.map(nameOfSecret), ...webhooks.flatMap((webhook) => secretsOfWebhook(webhook))])];
}

/** Behind a star anybody may have a name, so such a rule approves nobody by itself. */
function namedOrigins(egress: FunctionConfig['egress']): string[] {
  return egress
    .map((written) => egressRule(written).origin)
    .filter((origin) => {
      const pattern = readEgressPattern(origin);
      return pattern?.protocol === 'https:' && !pattern.isBelow;
    });
}
