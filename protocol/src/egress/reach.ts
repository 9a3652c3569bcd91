/** What a version may reach that another may not: its `egress`, and where its secrets may go. Pure. */
import type { FunctionConfig } from '../config.ts';
import { type EgressChange, egressChange } from './rules.ts';
import { type SecretUse, secretUses } from './secret-uses.ts';

type Reach = Pick<FunctionConfig, 'egress' | 'secrets'>;

/** As texts for people. `before`: null for a first version, whose secrets are no change. */
export function reachChange(before: Reach | null, after: Reach): EgressChange {
  if (before === null) return egressChange([], after.egress);
  const { added, removed } = egressChange(before.egress, after.egress);
  return {
    added: [...added, ...addedOfSecrets(before, after)],
    removed: [...removed, ...addedOfSecrets(after, before)],
  };
}

/** Of secrets that both have: a new one is new to nobody who could have relied on less. */
function addedOfSecrets(before: Reach, after: Reach): string[] {
  const known = new Map(secretUses(before).map((use) => [use.name, use]));
  return secretUses(after).flatMap((use) => {
    const old = known.get(use.name);
    if (old === undefined || old.isExposed) return [];
    const had = new Set(describeUse(old));
    return describeUse(use).filter((text) => !had.has(text));
  });
}

/** Where the value may be: in the code, or with an origin (`/…`: in its URLs, too). In no language. */
function describeUse({ name, isExposed, isForSigning, origins, isInUrl }: SecretUse): string[] {
  if (isExposed) return [`env.${name} (secret)`];
  const sent = origins.map((origin) => `${origin}${isInUrl ? '/…' : ''} (secret ${name})`);
  return isForSigning ? [`HMAC (secret ${name})`, ...sent] : sent;
}
