/** `nats-server: v2.15.2` → `2.15.2`; pre-releases (`2.16.0-dev`) keep their suffix. */
export function parseNatsVersion(output: string): string | null {
  return /nats-server: v(\d+\.\d+\.\d+(?:-[\w.]+)?)/.exec(output)?.[1] ?? null;
}

/** By number; a pre-release comes before its release. */
export function compareNatsVersions(a: string, b: string): number {
  const [coreA = '', suffixA] = a.split('-', 2);
  const [coreB = '', suffixB] = b.split('-', 2);
  const numbersB = coreB.split('.');
  for (const [index, part] of coreA.split('.').entries()) {
    const difference = Number(part) - Number(numbersB[index]);
    if (difference !== 0) return difference;
  }
  return Number(suffixA === undefined) - Number(suffixB === undefined);
}

/** `minio version RELEASE.2025-09-07T16-13-09Z (…)`; a `go install` says DEVELOPMENT.GOGET, which has no order. */
export function parseMinioVersion(output: string): string | null {
  return /minio version (RELEASE\.\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)/.exec(output)?.[1] ?? null;
}
