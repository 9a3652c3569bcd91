import { DataKey, type DataKeySource } from '@sovfn/bus/encryption';
import { createHash } from 'node:crypto';
import type { DataKeyName } from '@sovfn/protocol';

/** Keys that are the same in every process, for tests in which nobody looks at keys. */
export const TEST_KEYS: DataKeySource = {
  newest: (tenant, purpose) => keyOf({ tenant, purpose, generation: 1 }),
  get: keyOf,
};

function keyOf(name: DataKeyName): DataKey {
  return new DataKey(name, createHash('sha256').update(JSON.stringify(name)).digest());
}
