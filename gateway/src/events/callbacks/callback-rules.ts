import { SovfnError } from '@sovfn/protocol';
import type { DeployedFunction } from '../../routes/deployed-functions.ts';

/**
 * A callback carries what a function made out of the platform, so it goes where the function itself may reach and nowhere
 * else: without this, any caller could have results posted to any server. Throws `forbidden`.
 */
export function assertCallbackAllowed({ name, egress }: DeployedFunction, callback: string): void {
  const { origin } = new URL(callback);
  if (egress.has(origin)) return;
  throw new SovfnError('forbidden', `a callback to ${origin} is not allowed: egress of "${name}" does not list it`, {
    hint: `Its owner adds "${origin}" to "egress" in sovfn.jsonc and deploys.`,
  });
}
