import type { Manifest } from './deploy.ts';

/**
 * The bytes whose SHA-256 is the version id: the manifest as JSON with sorted keys. The bundle takes part through
 * `bundleSha256`; the source map does not, because it changes nothing that runs. A stored manifest must be given as it was
 * read: the schema adds the defaults of settings that did not exist when it was stored.
 */
export function versionContent(manifest: Manifest | Readonly<Record<string, unknown>>): string {
  return JSON.stringify(sortKeys(manifest));
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}
