import type { FunctionRegistry } from '@sovfn/bus';
import { functionKey, type Manifest, SovfnError } from '@sovfn/protocol';
import { isManifestOf, type VersionName } from '../code/bundle-store.ts';

/** A deploy is visible at the gateway that made it a little before it is here. */
const CATCH_UP_MS = 500;

/**
 * Asserts that the registry knows a version, and waits up to CATCH_UP_MS for it. Returns its manifest, or null when that is
 * to be had from the object store: of an older version, or of one that was stored before the platform knew all its settings.
 * Throws SovfnError `function-not-found`.
 */
export async function findVersion(registry: FunctionRegistry, name: VersionName): Promise<Manifest | null> {
  if (isKnown(registry, name) || (await becomesKnown(registry, name))) {
    const record = registry.get(name.tenant, name.function);
    return record?.current === name.version && isManifestOf(name.version, record.manifest) ? record.manifest : null;
  }
  const what = `version ${name.version} of function "${name.function}" of tenant "${name.tenant}"`;
  throw new SovfnError('function-not-found', `${what} is not in the registry of functions`);
}

/** The function has the version, as its current one or an older one that is kept. */
export function isKnown(registry: FunctionRegistry, name: VersionName): boolean {
  const record = registry.get(name.tenant, name.function);
  return record?.versions.some(({ version }) => version === name.version) ?? false;
}

async function becomesKnown(registry: FunctionRegistry, name: VersionName): Promise<boolean> {
  const known = Promise.withResolvers<boolean>();
  const stop = registry.onChange((key) => {
    if (key === functionKey(name.tenant, name.function) && isKnown(registry, name)) known.resolve(true);
  });
  const timer = setTimeout(() => known.resolve(false), CATCH_UP_MS);
  try {
    return await known.promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
}
