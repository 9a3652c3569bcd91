/**
 * What becomes of a function's record when a version is deployed, tried, promoted or taken back. Pure: each takes a record
 * and gives the next one, which is then written whole.
 *
 * `versions` keeps the order in which versions became current, newest first. A version that is rolled back keeps its place
 * and is marked: `rollback` without a version goes past it, to the last one that nobody has taken back.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  firstRecord,
  type FunctionRecord,
  KEPT_PREVIEWS,
  KEPT_VERSIONS,
  type Manifest,
  type NamedZone,
  type Rollback,
  signatureOf,
  type Split,
  type VersionEntry,
  versionEntry,
  type VersionSignature,
} from '@sovfn/protocol';

/** A version whose objects are in the store. */
export interface ReleasedVersion {
  readonly version: string;
  readonly manifest: Manifest;
  /** Definition of its zone, when that is a named one. */
  readonly namedZone: NamedZone | null;
}

/** The version answers everybody, and a split ends. Its time is later than that of the record before, whatever the clock says. */
export function makeCurrent(tenant: string, before: FunctionRecord | null, released: ReleasedVersion): FunctionRecord {
  const { version, manifest, namedZone } = released;
  const deployedAt = laterThan(before);
  if (before === null) return firstRecord({ tenant, version, manifest, deployedAt, namedZone });
  const signature = signatureOf(before, version);
  const signed = signature === null ? {} : { signature };
  const entry = { ...versionEntry(version, manifest.config, deployedAt, namedZone), wasCurrent: true, ...signed };
  const older = before.versions.filter((known) => known.version !== version);
  return keepWithinLimits({
    ...before,
    current: version,
    manifest,
    deployedAt,
    versions: [entry, ...older],
    split: null,
  });
}

/** The version can be called at its preview address. One that is there already keeps its place. */
export function addPreview(before: FunctionRecord, { version, manifest, namedZone }: ReleasedVersion): FunctionRecord {
  if (before.versions.some((known) => known.version === version)) return before;
  const entry = versionEntry(version, manifest.config, new Date().toISOString(), namedZone);
  return keepWithinLimits({ ...before, versions: [entry, ...before.versions] });
}

/** A developer vouches for a version that is there; the signature before is forgotten. Null: nobody does anew. */
export function signEntry(record: FunctionRecord, version: string, signature: VersionSignature | null): FunctionRecord {
  if (signature === null || isDeepStrictEqual(signatureOf(record, version), signature)) return record;
  const versions = record.versions.map((entry) => (entry.version === version ? { ...entry, signature } : entry));
  return { ...record, versions };
}

/** The version gets a share of the callers, in place of one that had it. What was held against it is forgotten. */
export function startSplit(before: FunctionRecord, split: Split): FunctionRecord {
  const versions = before.versions.map((entry) =>
    entry.version === split.version ? { ...entry, rolledBack: null } : entry,
  );
  return { ...before, versions, split };
}

/** The current version answers everybody again. `rollback`: what is held against the other one, or null. */
export function endSplit(before: FunctionRecord, rollback: Rollback | null): FunctionRecord {
  const { split } = before;
  if (split === null) return before;
  const versions = before.versions.map((entry) =>
    entry.version === split.version ? { ...entry, rolledBack: rollback } : entry,
  );
  return { ...before, versions, split: null };
}

/** An older version answers again; every version from the current one down to it is marked, and a split ends. */
export function rollBack(
  before: FunctionRecord,
  { version, manifest }: ReleasedVersion,
  rollback: Rollback,
): FunctionRecord {
  const ended = endSplit(before, rollback);
  const target = positionOf(ended, version);
  const current = positionOf(ended, ended.current);
  const versions = ended.versions.map((entry, position) =>
    entry.wasCurrent && position >= current && position < target ? { ...entry, rolledBack: rollback } : entry,
  );
  return { ...ended, current: version, manifest, deployedAt: laterThan(before), versions };
}

/** The version that `rollback` without a version goes to: the last one before the current that nobody has taken back. */
export function versionBefore(record: FunctionRecord): VersionEntry | null {
  const older = record.versions.slice(positionOf(record, record.current) + 1);
  return older.find(({ wasCurrent, rolledBack }) => wasCurrent && rolledBack === null) ?? null;
}

/** Is the version one that was current before the current one? */
export function isOlder(record: FunctionRecord, version: string): boolean {
  const position = positionOf(record, version);
  return position > positionOf(record, record.current) && record.versions[position]!.wasCurrent;
}

function positionOf({ versions }: FunctionRecord, version: string): number {
  return versions.findIndex((entry) => entry.version === version);
}

/** Previews go first, the oldest of them before the others; what answers callers never goes. */
function keepWithinLimits(record: FunctionRecord): FunctionRecord {
  const previews = record.versions.filter((entry) => !entry.wasCurrent && entry.version !== record.split?.version);
  const surplus = new Set(previews.slice(KEPT_PREVIEWS));
  const left = record.versions.filter((entry) => !surplus.has(entry));
  const answers = (entry: VersionEntry): boolean =>
    entry.version === record.current || entry.version === record.split?.version;
  const tooMany = left.filter((entry) => !answers(entry)).slice(KEPT_VERSIONS - left.filter(answers).length);
  return { ...record, versions: left.filter((entry) => !tooMany.includes(entry)) };
}

function laterThan(before: FunctionRecord | null): string {
  const notBefore = before === null ? 0 : Date.parse(before.deployedAt) + 1;
  return new Date(Math.max(Date.now(), notBefore)).toISOString();
}
