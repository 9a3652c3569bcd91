import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataKey, type DataKeySource, sealPiece } from '@sovfn/bus/encryption';
import {
  bundleObject,
  codePlace,
  functionConfigSchema,
  type Manifest,
  manifestObject,
  sourceMapObject,
  versionContent,
} from '@sovfn/protocol';
import { type ObjectStore, openStore } from '@sovfn/store';
import { makeTemporaryFolder, type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BundleStore, type VersionName } from './bundle-store.ts';
import { CacheDirectory } from './cache-directory.ts';
import { SealedFiles } from './sealed-files.ts';

const BUCKET = 'bundles';
const MIB = 1024 * 1024;
const KEY = new DataKey({ tenant: 'main', purpose: 'bundles', generation: 1 }, Buffer.alloc(32, 3));
const KEYS: DataKeySource = { newest: () => KEY, get: () => KEY };
let minio: MinioServer;
let store: ObjectStore;

beforeAll(async () => {
  minio = await startMinio();
  store = openStore({ ...minio.endpoint, tls: false });
  await store.ensureBucket(BUCKET);
});

afterAll(async () => {
  store.close();
  await minio[Symbol.asyncDispose]();
});

test('a version is read from the object store once, and then from disk', async () => {
  await using node = await startNode();
  const { name, manifest } = await publish('once');
  expect((await node.bundles.load(name, manifest)).bundle.toString()).toBe('export default {}; // once');
  expect(node.reads()).toBe(2);
  expect((await node.bundles.load(name, manifest)).bundle.toString()).toBe('export default {}; // once');
  expect(node.reads()).toBe(2);
});

test('a bundle that is encrypted runs as it was deployed, and lies on this node’s disk encrypted only', async () => {
  await using node = await startNode();
  const { name, manifest } = await publish('sealed');
  const object = bundleObject(name.tenant, name.function, name.version);
  const code = Buffer.from('export default {}; // sealed');
  await store.put(BUCKET, object, sealPiece(KEY, codePlace(name, object), code));
  const map = sourceMapObject(name.tenant, name.function, name.version);
  await store.put(BUCKET, map, sealPiece(KEY, codePlace(name, map), Buffer.from('{"version":3,"x":"sealed"}')));
  for (const reads of [2, 2]) {
    const loaded = await node.bundles.load(name, manifest);
    expect(loaded.bundle.toString()).toBe(code.toString());
    expect(loaded.sourceMap.toString()).toContain('sealed');
    expect(node.reads()).toBe(reads);
  }
  for (const file of await readdir(node.folder, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) expect((await readFile(join(file.parentPath, file.name))).includes('sealed')).toBe(false);
  }
});

test('a bundle that was encrypted for another version is refused, and reported', async () => {
  await using node = await startNode();
  const { name, manifest } = await publish('moved');
  const object = bundleObject(name.tenant, name.function, name.version);
  const elsewhere = codePlace(name, `${object}-other`);
  await store.put(BUCKET, object, sealPiece(KEY, elsewhere, Buffer.from('export default {}; // moved')));
  await expect(node.bundles.load(name, manifest)).rejects.toMatchObject({ code: 'bad-bundle' });
  expect(node.tampered).toEqual([object]);
});

test('a bundle that was changed in the object store is refused, reported and not kept', async () => {
  await using node = await startNode();
  const { name, manifest } = await publish('changed');
  await store.put(BUCKET, bundleObject(name.tenant, name.function, name.version), Buffer.from('export default "evil"'));
  await expect(node.bundles.load(name, manifest)).rejects.toMatchObject({
    code: 'bad-bundle',
    message: `the stored object ${bundleObject(name.tenant, name.function, name.version)} does not have the hash its manifest says`,
  });
  expect(node.tampered).toEqual([bundleObject(name.tenant, name.function, name.version)]);
  expect(await readdir(join(node.folder, 'bundles'))).toEqual([]);
});

test('a bundle larger than any may be is refused without being kept in memory', async () => {
  await using node = await startNode();
  const { name, manifest } = await publish('swollen');
  await store.put(BUCKET, bundleObject(name.tenant, name.function, name.version), Buffer.alloc(11 * MIB));
  await expect(node.bundles.load(name, manifest)).rejects.toMatchObject({ code: 'bad-bundle' });
});

test('a bundle that was changed on the disk of the node is read from the object store again', async () => {
  await using node = await startNode();
  const { name, manifest } = await publish('on-disk');
  await node.bundles.load(name, manifest);
  const [file] = await readdir(join(node.folder, 'bundles'));
  await writeFile(join(node.folder, 'bundles', file!), 'export default "evil"');
  const again = await node.bundles.load(name, manifest);
  expect(again.bundle.toString()).toBe('export default {}; // on-disk');
  expect(node.tampered).toEqual([`cached bundle ${manifest.bundleSha256}`]);
});

test('a source map that was changed on the disk of the node is read from the object store again', async () => {
  await using node = await startNode();
  const { name, manifest } = await publish('mapped');
  await node.bundles.load(name, manifest);
  const [file] = await readdir(join(node.folder, 'maps'));
  const path = join(node.folder, 'maps', file!);
  const content = await readFile(path);
  content[content.length - 1]! ^= 1;
  await writeFile(path, content);
  const again = await node.bundles.load(name, manifest);
  expect(again.sourceMap.toString()).toBe('{"version":3}');
  expect(node.tampered).toEqual([file]);
});

test('the manifest of an older version comes from the object store and must have the version id as its hash', async () => {
  await using node = await startNode();
  const { name, manifest } = await publish('older');
  expect((await node.bundles.load(name, null)).manifest).toEqual(manifest);
  const richer = { ...manifest, config: { ...manifest.config, residency: 'us' } };
  const object = manifestObject(name.tenant, name.function, name.version);
  await store.put(BUCKET, object, Buffer.from(JSON.stringify(richer)));
  await expect(node.bundles.load(name, null)).rejects.toMatchObject({ code: 'bad-bundle' });
  await store.put(BUCKET, object, Buffer.from('no json'));
  await expect(node.bundles.load(name, null)).rejects.toMatchObject({ code: 'bad-bundle' });
});

test('a record that carries another manifest than its version id names does not decide: the stored one does', async () => {
  await using node = await startNode();
  const { name, manifest } = await publish('forged');
  const forged = { ...manifest, config: { ...manifest.config, vars: { DEBUG: '1' } } };
  expect((await node.bundles.load(name, forged)).manifest).toEqual(manifest);
});

test('a version that was stored before the platform had a setting runs with the default of it', async () => {
  await using node = await startNode();
  const { manifest } = await publish('early');
  const { subrequests: _new, ...limits } = manifest.config.limits;
  const early = { ...manifest, config: { ...manifest.config, limits } };
  const version = sha256(Buffer.from(versionContent(early)));
  const name = { tenant: 'main', function: 'early', version };
  await store.put(BUCKET, bundleObject('main', 'early', version), Buffer.from('export default {}; // early'));
  await store.put(BUCKET, manifestObject('main', 'early', version), Buffer.from(versionContent(early)));
  for (const known of [null, manifest]) expect((await node.bundles.load(name, known)).manifest).toEqual(manifest);
});

test('a version without a source map loads', async () => {
  await using node = await startNode();
  const { name, manifest } = await publish('unmapped');
  await store.remove(BUCKET, sourceMapObject(name.tenant, name.function, name.version));
  expect((await node.bundles.load(name, manifest)).sourceMap.length).toBe(0);
});

test('a full disk does not keep a version from loading', async () => {
  await using node = await startNode({ failWrites: true });
  const { name, manifest } = await publish('full-disk');
  expect((await node.bundles.load(name, manifest)).bundle.toString()).toBe('export default {}; // full-disk');
  expect(node.notKept).toEqual(['Error: ENOSPC', 'Error: ENOSPC']);
});

async function startNode(options: { failWrites?: boolean } = {}) {
  const folder = await makeTemporaryFolder('bundle-store');
  const tampered: string[] = [];
  const notKept: string[] = [];
  let reads = 0;
  const directory = await CacheDirectory.open(join(folder.path, 'bundles'), 64 * MIB);
  const maps = await CacheDirectory.open(join(folder.path, 'maps'), 64 * MIB);
  if (options.failWrites === true) {
    directory.write = async () => Promise.reject(new Error('ENOSPC'));
    maps.write = async () => Promise.reject(new Error('ENOSPC'));
  }
  const bundles = new BundleStore({
    store: {
      get: async (bucket, name, limits) => {
        reads++;
        return store.get(bucket, name, limits);
      },
    },
    bucket: BUCKET,
    keys: { inZone: () => KEYS },
    bundles: directory,
    sourceMaps: new SealedFiles({
      directory: maps,
      key: Buffer.alloc(32, 1),
      onTampered: (name) => tampered.push(name),
    }),
    onTampered: (where) => tampered.push(where),
    onNotKept: (reason) => notKept.push(reason),
  });
  return {
    folder: folder.path,
    bundles,
    tampered,
    notKept,
    reads: () => reads,
    [Symbol.asyncDispose]: async () => folder[Symbol.asyncDispose](),
  };
}

async function publish(functionName: string): Promise<{ name: VersionName; manifest: Manifest }> {
  const bundle = Buffer.from(`export default {}; // ${functionName}`);
  const { $schema: _, ...config } = functionConfigSchema.parse({ name: functionName, main: 'index.ts' });
  const manifest: Manifest = { v: 1, config, bundleSha256: sha256(bundle), bundleBytes: bundle.length };
  const name = { tenant: 'main', function: functionName, version: sha256(Buffer.from(versionContent(manifest))) };
  await store.put(BUCKET, bundleObject('main', functionName, name.version), bundle);
  await store.put(BUCKET, sourceMapObject('main', functionName, name.version), Buffer.from('{"version":3}'));
  await store.put(BUCKET, manifestObject('main', functionName, name.version), Buffer.from(JSON.stringify(manifest)));
  return { name, manifest };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
