import { bundleObject, type FunctionDetail } from '@sovfn/protocol';
import { type ObjectStore, openStore } from '@sovfn/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ControlBench, deployRequest } from './control-bench.ts';

const MAX_BYTES = 1024 * 1024;

let control: ControlBench;
let store: ObjectStore;
beforeAll(async () => {
  control = await ControlBench.start();
  store = openStore({ ...control.minio.endpoint, tls: false });
});
afterAll(async () => {
  store.close();
  await control[Symbol.asyncDispose]();
});

const deploy = (request: ReturnType<typeof deployRequest>) =>
  control.ask('PUT', `/v1/functions/${request.manifest.config.name}`, { body: request });
const show = async (name: string) => (await control.ask('GET', `/v1/functions/${name}`)).json as FunctionDetail;

test('a deployed function is listed, shown, and reached at once', async () => {
  const request = deployRequest({ name: 'invoice', routes: ['/invoices/*'] });
  const { status, json } = await deploy(request);
  expect([status, json]).toEqual([
    200,
    {
      v: 1,
      function: 'invoice',
      version: request.version,
      result: 'created',
      zone: 'fr',
      missingSecrets: [],
      waitingCountries: [],
      egress: { added: [], removed: [] },
      urls: [`${control.bench.url}/fn/invoice/`, `${control.bench.url}/invoices/*`],
    },
  ]);
  const called = await fetch(`${control.bench.url}/fn/invoice/`);
  expect((await called.json()) as object).toMatchObject({ code: 'no-node-in-zone' });
  expect(await show('invoice')).toMatchObject({
    version: request.version,
    bundleBytes: 9,
    config: { main: 'index.ts' },
  });
  const { json: list } = await control.ask('GET', '/v1/functions');
  expect(list).toMatchObject({ functions: [{ name: 'invoice', routes: ['/invoices/*'] }] });
});

test('deploying the same version again changes nothing and says so', async () => {
  const request = deployRequest({ name: 'same' });
  await deploy(request);
  const before = await show('same');
  expect((await deploy(request)).json).toMatchObject({ result: 'unchanged' });
  expect(await show('same')).toEqual(before);
});

test('a version keeps its predecessors, newest first, and going back to one puts it in front', async () => {
  const one = deployRequest({ name: 'history' }, 'export const one = 1');
  const two = deployRequest({ name: 'history' }, 'export const two = 2');
  expect((await deploy(one)).json).toMatchObject({ result: 'created' });
  expect((await deploy(two)).json).toMatchObject({ result: 'updated' });
  const versions = async () => (await show('history')).versions.map(({ version }) => version);
  expect(await versions()).toEqual([two.version, one.version]);
  await deploy(one);
  expect(await versions()).toEqual([one.version, two.version]);
});

test('deploying again puts back code that was changed in the store', async () => {
  const request = deployRequest({ name: 'tampered' });
  await deploy(request);
  const object = bundleObject('main', 'tampered', request.version);
  const before = await store.get('bundles', object, { maxBytes: MAX_BYTES });
  expect(before.includes('export {}')).toBe(false);
  for (const other of [Buffer.from('evil();  '), Buffer.from(before).fill(0, before.length - 20)]) {
    await store.put('bundles', object, other);
    await deploy(request);
    const after = await store.get('bundles', object, { maxBytes: MAX_BYTES });
    expect([after.equals(other), after.length]).toEqual([false, before.length]);
  }
});

describe('what a version may reach', () => {
  const reaching = (...egress: string[]) =>
    deployRequest({ name: 'reach', egress }, `export const n = ${egress.length}`);

  test('is told against the current version, and what is new must be accepted', async () => {
    const first = await deploy(reaching('https://a.fr'));
    expect(first.json).toMatchObject({ result: 'created', egress: { added: ['https://a.fr'], removed: [] } });
    const more = reaching('https://b.fr', 'https://c.fr');
    const refused = await deploy(more);
    expect(refused).toMatchObject({ status: 409, json: { code: 'egress-unaccepted' } });
    expect(refused.json).toMatchObject({ facts: { egress: ['https://b.fr', 'https://c.fr'] } });
    expect((await show('reach')).config.egress).toEqual(['https://a.fr']);
    const accepted = await deploy({ ...more, acceptsEgress: true });
    const egress = { added: ['https://b.fr', 'https://c.fr'], removed: ['https://a.fr'] };
    expect(accepted.json).toMatchObject({ result: 'updated', egress });
  });

  test('need not be accepted where it is less, or the same', async () => {
    const less = await deploy(reaching('https://c.fr'));
    expect(less.json).toMatchObject({ result: 'updated', egress: { added: [], removed: ['https://b.fr'] } });
    expect((await deploy(reaching('https://c.fr'))).json).toMatchObject({ result: 'unchanged' });
  });

  test('must be accepted for a preview too, which sends what it likes', async () => {
    const preview = { ...reaching('https://d.fr'), release: { kind: 'preview' } as const };
    expect((await deploy(preview)).json).toMatchObject({ code: 'egress-unaccepted' });
  });
});

describe('deploys at the same time', () => {
  test('follow each other: each is whole, and the last one answers', async () => {
    const requests = Array.from({ length: 12 }, (_, i) => deployRequest({ name: 'race' }, `export const n = ${i}`));
    const answers = await Promise.all(requests.map(deploy));
    expect(answers.map(({ status }) => status)).toEqual(requests.map(() => 200));
    const { version, versions, bundleBytes } = await show('race');
    expect(versions.map((entry) => entry.version).toSorted()).toEqual(requests.map((r) => r.version).toSorted());
    expect(versions[0]!.version).toBe(version);
    expect(versions.map((entry) => entry.deployedAt)).toEqual(
      versions
        .map((entry) => entry.deployedAt)
        .toSorted()
        .reverse(),
    );
    const current = requests.find((request) => request.version === version)!;
    expect(bundleBytes).toBe(current.manifest.bundleBytes);
  });

  test('also against another writer of the registry', async () => {
    const requests = Array.from({ length: 5 }, (_, i) => deployRequest({ name: 'rivals' }, `export const n = ${i}`));
    const rival = (async () => {
      // Whoever loses tries again, so only the gateway's own answers are judged here.
      for (let i = 0; i < 5; i++) await control.bench.deploy({ name: 'rivals' }).catch(() => null);
    })();
    const answers = await Promise.all(requests.map(deploy));
    await rival;
    expect(answers.map(({ status }) => status)).toEqual(requests.map(() => 200));
  });
});

describe('refused', () => {
  const refused = (name: string, body: unknown) => control.refused('PUT', `/v1/functions/${name}`, { body });

  test('a request for another function than its manifest names', async () => {
    expect(await refused('other', deployRequest({ name: 'mine' }))).toMatchObject({
      code: 'bad-request',
      detail: 'the manifest is of "mine" and the address is of "other"',
    });
  });

  test('a bundle that is not the one of the manifest, and a manifest that is not the one of the version', async () => {
    const request = deployRequest({ name: 'mine' });
    const longer = await refused('mine', { ...request, bundle: 'export { }' });
    expect(longer).toMatchObject({
      status: 422,
      code: 'version-mismatch',
      detail: 'the bundle has 10 bytes; its manifest says 9',
    });
    const other = await refused('mine', { ...request, bundle: 'export {;' });
    expect(other.detail).toMatch(/^the bundle's SHA-256 is [0-9a-f]{64}; its manifest says [0-9a-f]{64}$/);
    const { manifest } = deployRequest({ name: 'mine', vars: { CURRENCY: 'USD' } });
    expect((await refused('mine', { ...request, manifest })).detail).toMatch(
      /^the manifest makes version [0-9a-f]{64}/,
    );
    expect(await control.refused('GET', '/v1/functions/mine')).toMatchObject({ code: 'function-not-found' });
  });

  test('a zone that the platform does not have, with those it has', async () => {
    expect(await refused('far', deployRequest({ name: 'far', residency: 'de' }))).toMatchObject({
      status: 400,
      code: 'unknown-zone',
      detail: '"far" must run in zone "de", which this platform does not have',
      hint: 'Set "residency" in sovfn.jsonc to one of: fr.',
    });
  });

  test('a route of another function, which keeps it; its owner may deploy it again', async () => {
    const owner = deployRequest({ name: 'owner', routes: ['/taken', '/shared/*'] });
    await deploy(owner);
    expect(await refused('thief', deployRequest({ name: 'thief', routes: ['/free', '/shared/*'] }))).toMatchObject({
      status: 409,
      code: 'route-conflict',
      detail: 'the route "/shared/*" of "thief" belongs to the function "owner"',
      facts: { route: '/shared/*', function: 'owner' },
    });
    expect((await deploy(deployRequest({ name: 'owner', routes: ['/shared/*'] }))).status).toBe(200);
    expect((await deploy(deployRequest({ name: 'heir', routes: ['/taken'] }))).status).toBe(200);
  });

  test('an unknown function is named with the nearest one', async () => {
    await deploy(deployRequest({ name: 'import-csv' }));
    expect(await control.refused('GET', '/v1/functions/import-cvs')).toMatchObject({
      status: 404,
      detail: 'there is no function "import-cvs"',
      hint: 'Did you mean "import-csv"?',
    });
  });
});

test('a deleted function answers no more; its code stays unless it is purged', async () => {
  const request = deployRequest({ name: 'gone' });
  const object = bundleObject('main', 'gone', request.version);
  await deploy(request);
  expect((await control.ask('DELETE', '/v1/functions/gone')).json).toEqual({ v: 1, function: 'gone', purged: false });
  expect((await fetch(`${control.bench.url}/fn/gone/`)).status).toBe(404);
  expect(await store.head('bundles', object)).not.toBeNull();
  expect(await control.refused('DELETE', '/v1/functions/gone')).toMatchObject({ code: 'function-not-found' });
  expect((await deploy(request)).json).toMatchObject({ result: 'created' });
  expect((await control.ask('DELETE', '/v1/functions/gone?purge=true')).json).toMatchObject({ purged: true });
  expect(await store.head('bundles', object)).toBeNull();
});

test('while the store is down a deploy fails, and what was deployed goes on; afterwards it works again', async () => {
  const before = deployRequest({ name: 'steady' });
  const after = deployRequest({ name: 'steady' }, 'export const next = 1');
  await deploy(before);
  await control.minio.kill();
  try {
    const { status, json } = await deploy(after);
    expect([status, json]).toMatchObject([503, { code: 'store-unavailable' }]);
    expect(await show('steady')).toMatchObject({ version: before.version });
    expect((await control.ask('GET', '/v1/status')).json).toMatchObject({
      ready: false,
      parts: expect.arrayContaining([expect.objectContaining({ name: 'store', state: 'down' })]) as unknown,
    });
  } finally {
    await control.minio.restart();
  }
  expect((await deploy(after)).json).toMatchObject({ result: 'updated' });
}, 60_000);
