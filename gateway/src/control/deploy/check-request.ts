/** What must hold of a deploy before anything is stored. Hostile: the whole request. */
import { createHash } from 'node:crypto';
import {
  type DeployRequest,
  type FunctionRecord,
  type Manifest,
  reachChange,
  SovfnError,
  storeOutsideOf,
  type StorePlace,
  versionContent,
  zonesOfStore,
} from '@sovfn/protocol';

/** Throws `bad-request` when the request is for another function, `version-mismatch` when its parts do not belong together. */
export function checkDeployRequest(name: string, request: DeployRequest): void {
  const { manifest, version } = request;
  if (manifest.config.name !== name) {
    throw new SovfnError(
      'bad-request',
      `the manifest is of "${manifest.config.name}" and the address is of "${name}"`,
      {
        hint: 'PUT it to /v1/functions/<the name in sovfn.jsonc>.',
      },
    );
  }
  const bundle = Buffer.from(request.bundle);
  if (bundle.length !== manifest.bundleBytes) {
    throw mismatch(`the bundle has ${bundle.length} bytes; its manifest says ${manifest.bundleBytes}`);
  }
  const bundleSha256 = sha256(bundle);
  if (bundleSha256 !== manifest.bundleSha256) {
    throw mismatch(`the bundle's SHA-256 is ${bundleSha256}; its manifest says ${manifest.bundleSha256}`);
  }
  const computed = sha256(versionContent(manifest));
  if (computed !== version) throw mismatch(`the manifest makes version ${computed}; the request says ${version}`);
}

/** Throws `unknown-zone` when this gateway may send no calls to where the function must run. */
export function checkZone({ config }: Manifest, zones: readonly string[]): void {
  const { name, residency } = config;
  if (zones.includes(residency)) return;
  throw new SovfnError('unknown-zone', `"${name}" must run in zone "${residency}", which this platform does not have`, {
    hint: `Set "residency" in sovfn.jsonc to one of: ${zones.join(', ')}.`,
    facts: { zones },
  });
}

/**
 * Throws `store-out-of-zone` when the object store is not where the function must stay: its code lies there, what it answers, and the
 * large bodies of its events.
 */
export function checkStorePlace({ config }: Manifest, place: StorePlace): void {
  const outside = storeOutsideOf(config.residency, place);
  if (outside === null) return;
  throw new SovfnError('store-out-of-zone', `"${config.name}" cannot be deployed: ${outside}`, {
    hint: `Set "residency" in sovfn.jsonc to a zone that the store is in (${zonesOfStore(place).join(', ')}), or ask the operator for a store that is in the zone.`,
    facts: { zones: zonesOfStore(place) },
  });
}

/** Throws `route-conflict` when another function of the tenant has one of the routes. */
export function checkRoutes(tenant: string, { config }: Manifest, records: Iterable<FunctionRecord>): void {
  const { name, routes } = config;
  const wanted = new Set(routes);
  for (const record of records) {
    if (record.tenant !== tenant || record.name === name) continue;
    const taken = record.manifest.config.routes.find((route) => wanted.has(route));
    if (taken === undefined) continue;
    throw new SovfnError(
      'route-conflict',
      `the route "${taken}" of "${name}" belongs to the function "${record.name}"`,
      {
        hint: 'Choose another route, or take it out of the other function and deploy that first.',
        facts: { route: taken, function: record.name },
      },
    );
  }
}

/**
 * Throws `egress-unaccepted` when the version may reach what the current one may not, and nobody has said that they know.
 * A first version is its author's own word.
 */
export function checkEgress(before: FunctionRecord | null, { manifest, acceptsEgress }: DeployRequest): void {
  if (before === null || acceptsEgress) return;
  const { name } = manifest.config;
  const { added } = reachChange(before.manifest.config, manifest.config);
  if (added.length === 0) return;
  throw new SovfnError(
    'egress-unaccepted',
    `this version of "${name}" may reach what the current one may not: ${added.join(', ')}`,
    {
      hint: 'Deploy with --accept-egress if that is meant.',
      facts: { egress: added },
    },
  );
}

function mismatch(message: string): SovfnError {
  return new SovfnError('version-mismatch', message, {
    hint: 'Deploy again; if it repeats, command line and platform are of different versions.',
  });
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}
