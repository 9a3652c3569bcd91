import { EgressRules } from '@sovfn/protocol';
import type { PlacedSecret, SecretFinder } from '../asks/placeholders.ts';
import type { BrokerSecret } from '../channel/broker-control.ts';

/** The secrets of a version, as the supervisor has told them. */
export class GrantedSecrets implements SecretFinder {
  readonly #secrets = new Map<string, PlacedSecret>();

  constructor(secrets: readonly BrokerSecret[]) {
    for (const { placeholder, ...secret } of secrets) {
      const approved = new EgressRules([...secret.origins]);
      this.#secrets.set(placeholder, { ...secret, isFor: (url) => approved.find(url) !== null });
    }
  }

  find(placeholder: string): PlacedSecret | null {
    return this.#secrets.get(placeholder) ?? null;
  }
}
