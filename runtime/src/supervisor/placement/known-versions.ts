import type { FunctionRegistry } from '@sovfn/bus';
import {
  acceptedCountries,
  findEntry,
  functionKey,
  type Manifest,
  SovfnError,
  type VersionEntry,
} from '@sovfn/protocol';
import { isManifestOf, type VersionName } from '../code/bundle-store.ts';
import type { VersionTrust } from '../signers/version-trust.ts';

/** A deploy is visible at the gateway that made it a little before it is here. */
const CATCH_UP_MS = 500;

export interface KnownVersion {
  readonly facts: VersionEntry['facts'];
  /** Countries in which it may run; null: its record does not say it. */
  readonly accepted: readonly string[] | null;
  readonly manifest: Manifest | null;
}

/**
 * What the registry knows of a version, for which it waits up to CATCH_UP_MS, and as long until the version is trusted and accepted in
 * the country: whether it is, is for whoever loads it to say. The manifest is null when it is to be had from the object store: of an older version, or of
 * one that was stored before the platform knew all its settings. Throws SovfnError `function-not-found`.
 */
export async function findVersion(
  registry: FunctionRegistry,
  trust: Pick<VersionTrust, 'isTrusted'>,
  name: VersionName,
  country: string,
): Promise<KnownVersion> {
  const isReady = (): boolean => isAcceptedIn(country, registry, name) && trust.isTrusted(name);
  if (!isReady()) await becomesReady(registry, name, isReady);
  const record = registry.get(name.tenant, name.function);
  const entry = record && findEntry(record, name.version);
  if (record !== null && entry !== null) {
    const isCurrent = record.current === name.version && isManifestOf(name.version, record.manifest);
    return {
      facts: entry.facts,
      accepted: acceptedCountries(record, entry.facts),
      manifest: isCurrent ? record.manifest : null,
    };
  }
  const what = `version ${name.version} of function "${name.function}" of tenant "${name.tenant}"`;
  throw new SovfnError('function-not-found', `${what} is not in the registry of functions`);
}

/** The function has the version, and may run it in the country. */
export function isAcceptedIn(country: string, registry: FunctionRegistry, name: VersionName): boolean {
  const record = registry.get(name.tenant, name.function);
  const entry = record && findEntry(record, name.version);
  if (record === null || entry === null) return false;
  return acceptedCountries(record, entry.facts)?.includes(country) ?? true;
}

/** Resolves when it is, or the time is over. */
async function becomesReady(registry: FunctionRegistry, name: VersionName, isReady: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = registry.onChange((key) => {
    if (key === functionKey(name.tenant, name.function) && isReady()) resolve();
  });
  const timer = setTimeout(resolve, CATCH_UP_MS);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
}
