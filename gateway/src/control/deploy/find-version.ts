import { type FunctionRecord, shortVersion, SovfnError, type VersionEntry } from '@sovfn/protocol';

/** The kept version whose id begins so. Throws `version-not-found`, also when several do. */
export function findVersion(record: FunctionRecord, prefix: string): VersionEntry {
  const [found, ...others] = record.versions.filter(({ version }) => version.startsWith(prefix));
  if (found === undefined) {
    throw new SovfnError('version-not-found', `"${record.name}" has no version ${shortVersion(prefix)}`, {
      hint: `sovfn versions ${record.name} shows those there are.`,
    });
  }
  if (others.length === 0) return found;
  const ids = [found, ...others].map(({ version }) => shortVersion(version)).join(', ');
  throw new SovfnError('version-not-found', `${others.length + 1} versions of "${record.name}" begin with ${prefix}`, {
    hint: `Write more digits: ${ids}.`,
  });
}
