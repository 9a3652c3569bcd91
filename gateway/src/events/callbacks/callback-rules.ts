/**
 * Which callbacks are accepted. Guarantees: what leads to the platform's own services, or to a private address where the
 * operator does not allow these, is refused at once when the URL shows it; a caller who has no token can have results sent
 * only where the function itself may send them. Names are resolved when a callback is sent, and checked then.
 */
import { SovfnError } from '@sovfn/protocol';
import { reachOf, type ReachPolicy } from '@sovfn/protocol/addresses';
import type { DeployedFunction } from '../../routes/deployed-functions.ts';
import { portOf } from './callback-url.ts';

export class CallbackRules {
  readonly #policy: ReachPolicy;

  constructor(policy: ReachPolicy) {
    this.#policy = { ...policy, resolve: async () => [] };
  }

  /**
   * For the public port. A callback carries what a function made out of the platform, so it goes where the function itself
   * may reach: without this, any caller could have results posted to any server. Throws `forbidden`.
   */
  async assertAnybodyMay({ name, egress }: DeployedFunction, callback: string): Promise<void> {
    const url = new URL(callback);
    const { origin } = url;
    // A gateway cannot tell countries: what is bound to some is not for it to send.
    if (egress.find(url)?.countries === null) return this.assertOwnerMay(callback);
    throw new SovfnError('forbidden', `a callback to ${origin} is not allowed: egress of "${name}" does not list it`, {
      hint: `Its owner adds "${origin}" to "egress" in sovfn.jsonc and deploys.`,
    });
  }

  /** For the control API. Throws `forbidden`. */
  async assertOwnerMay(callback: string): Promise<void> {
    const url = new URL(callback);
    const reach = await reachOf({ host: url.hostname, port: portOf(url) }, this.#policy);
    if (reach.kind === 'reachable') return;
    if (reach.kind === 'own-service') {
      throw new SovfnError('forbidden', `a callback to ${url.origin} is not allowed: it belongs to the platform`, {
        hint: 'Use a service binding to call another function.',
      });
    }
    throw new SovfnError(
      'forbidden',
      `a callback to ${url.origin} is not allowed: the address is not on the internet`,
      {
        hint: 'Name a public address, or ask the operator, who can set "allowPrivateCallbacks".',
      },
    );
  }
}
