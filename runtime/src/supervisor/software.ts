import { readPackageVersion } from '@sovfn/bus';

/** What this node runs. */
export const SOFTWARE = {
  sovfn: readPackageVersion(new URL('../../package.json', import.meta.url)),
  node: process.versions.node,
};
