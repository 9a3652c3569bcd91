import type { FunctionRegistry } from '@sovfn/bus';
import { isSovfnError } from '@sovfn/protocol';
import type { FunctionName } from '../outputs/output-address.ts';
import type { SecretStore } from './secret-store.ts';

/** Compare-and-set is repeated this often against deploys and other changes. */
const WRITE_ATTEMPTS = 8;

/**
 * Writes into a function's record which versions its secrets have, so that nodes replace what they hold; without a record
 * there is nobody to tell. A gateway that is killed before it has told leaves isolates with the old value until the next
 * change or deploy: whoever set the secret was not told that it was set. Throws `deploy-conflict`.
 */
export async function announceVersions(
  registry: FunctionRegistry,
  secrets: SecretStore,
  { tenant, function: name }: FunctionName,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { record, revision } = await registry.entry(tenant, name);
    if (record === null) return;
    const secretVersions = newestVersions(record.secretVersions, secrets.versions({ tenant, function: name }));
    try {
      await registry.write({ ...record, secretVersions }, revision);
      return;
    } catch (error) {
      const isConflict = isSovfnError(error) && error.code === 'deploy-conflict';
      if (!isConflict || attempt === WRITE_ATTEMPTS) throw error;
    }
  }
}

/** Versions only grow, so the larger one is the truth: either side may not have heard of the other's yet. */
export function newestVersions(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Record<string, number> {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...names].map((name) => [name, Math.max(a[name] ?? 0, b[name] ?? 0)]));
}
