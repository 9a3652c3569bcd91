import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Kvm } from '@nats-io/kv';
import { createBuckets } from '@sovfn/bus';
import { type DataKey, open, seal, sealPiece, sealStream } from '@sovfn/bus/encryption';
import { DATA_KEYS_BUCKET, type SealedPlace, wrappedKeySchema } from '@sovfn/protocol';
import { makeTemporaryFolder, type NatsServer, startNats, type TemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DataKeys } from '../../src/keys/data-keys.ts';
import { FileKeys } from '../../src/keys/file-keys.ts';

/** What the page exports. */
interface Recipe {
  dataKey(tenantKey: Buffer, record: unknown): Buffer;
  openPiece(key: Buffer, place: readonly string[], sealed: Buffer): Buffer;
  openStream(key: Buffer, place: readonly string[], sealed: Buffer): Buffer;
}

let nats: NatsServer;
let connection: NatsConnection;
let folder: TemporaryFolder;
const opened: DataKeys[] = [];

beforeAll(async () => {
  nats = await startNats();
  connection = await connect({ servers: `${nats.address.host}:${nats.address.port}` });
  folder = await makeTemporaryFolder('keys');
  await createBuckets(connection, { home: 'fr' });
});

afterAll(async () => {
  for (const keys of opened) keys.close();
  await connection.close();
  await folder[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
});

test('several gateways that begin at once have one key for each purpose, and read what another one sealed', async () => {
  const gateways = await Promise.all([openKeys(), openKeys(), openKeys()]);
  // Many tenants: whether one gateway sees another's key before, while or after it writes its own is chance.
  for (let round = 0; round < 25; round++) {
    const tenant = `together-${round}`;
    const keys = await Promise.all(gateways.map(async (gateway) => gateway.newest(tenant, 'kv')));
    expect(keys.map(({ name }) => name.generation)).toEqual([1, 1, 1]);
    expect(new Set(keys.map(secretOf)).size).toBe(1);
    const sealed = await seal(gateways[0], placeOf(tenant), Buffer.from('bonjour'));
    expect((await open(gateways[2], placeOf(tenant), sealed)).toString()).toBe('bonjour');
    expect(secretOf(await gateways[0].newest(tenant, 'events'))).not.toBe(secretOf(keys[0]!));
  }
});

test('NATS holds data keys wrapped only', async () => {
  const keys = await openKeys();
  const key = await keys.newest('wrapped', 'kv');
  const entry = await (await new Kvm(connection).open(DATA_KEYS_BUCKET)).get('wrapped.kv.1');
  const record = wrappedKeySchema.parse(entry!.json());
  expect(record.wrappedBy).toMatch(/^[0-9a-f]{16}$/);
  expect(Buffer.from(record.wrapped, 'base64').includes(key.secret.export())).toBe(false);
});

test('with the key held nothing waits, and what one tenant sealed opens for no other', async () => {
  const keys = await openKeys();
  const [own] = [await keys.newest('here', 'kv'), await keys.newest('there', 'kv')];
  expect(keys.newest('here', 'kv')).toBe(own);
  const sealed = await seal(keys, placeOf('here'), Buffer.from('x'));
  const swapped = async (): Promise<Buffer> => open(keys, { ...placeOf('here'), tenant: 'there' }, sealed);
  await expect(swapped()).rejects.toMatchObject({ code: 'data-unreadable' });
});

test('a key that is removed is used no longer than the cache time, and works again when it is back', async () => {
  const keys = await openKeys(100);
  const place = placeOf('revoked');
  const sealed = await seal(keys, place, Buffer.from('kept'));
  const file = join(folder.path, 'revoked.key');
  const text = await readFile(file, 'utf8');
  await rm(file);
  await expect
    .poll(async () => codeOf(async () => open(keys, place, sealed)), { timeout: 20_000 })
    .toBe('key-unavailable');
  // A purpose that has no data key yet does not make the tenant another key.
  expect(await codeOf(async () => keys.newest('revoked', 'logs'))).toBe('key-unavailable');
  await writeFile(file, text);
  await expect.poll(async () => codeOf(async () => open(keys, place, sealed)), { timeout: 20_000 }).toBeNull();
  expect((await open(keys, place, sealed)).toString()).toBe('kept');
});

test('another key in place of the one that wrapped opens nothing, and says so', async () => {
  const keys = await openKeys();
  await keys.newest('replaced', 'kv');
  await writeFile(join(folder.path, 'replaced.key'), Buffer.alloc(32, 1).toString('base64url'));
  const again = await openKeys();
  await expect((async () => again.newest('replaced', 'kv'))()).rejects.toThrow(/does not hold the key [0-9a-f]{16}/);
});

test('after a new first line in the key file, new data keys are wrapped by it and old ones stay readable', async () => {
  const keys = await openKeys();
  const sealed = await seal(keys, placeOf('rotated'), Buffer.from('before'));
  const file = join(folder.path, 'rotated.key');
  await writeFile(file, `${Buffer.alloc(32, 2).toString('base64url')}\n${await readFile(file, 'utf8')}`);
  const again = await openKeys();
  await again.newest('rotated', 'logs');
  expect((await open(again, placeOf('rotated'), sealed)).toString()).toBe('before');
  const bucket = await new Kvm(connection).open(DATA_KEYS_BUCKET);
  const wrappers = await Promise.all(['kv', 'logs'].map(async (purpose) => bucket.get(`rotated.${purpose}.1`)));
  const [before, after] = wrappers.map((entry) => wrappedKeySchema.parse(entry!.json()).wrappedBy);
  expect(before).not.toBe(after);
});

test('a data key that is a month old is replaced, and what it sealed stays readable', async () => {
  const first = await openKeys();
  const sealed = await seal(first, placeOf('aged'), Buffer.from('old'));
  const bucket = await new Kvm(connection).open(DATA_KEYS_BUCKET);
  const record = wrappedKeySchema.parse((await bucket.get('aged.kv.1'))!.json());
  const monthAgo = new Date(Date.now() - 31 * 24 * 3_600_000).toISOString();
  await bucket.put('aged.kv.1', JSON.stringify({ ...record, createdAt: monthAgo }));
  const keys = await openKeys();
  expect((await keys.newest('aged', 'kv')).name.generation).toBe(2);
  expect((await open(keys, placeOf('aged'), sealed)).toString()).toBe('old');
});

test('what is sealed opens by hand, with the tenant’s key and the recipe of docs/encryption.md', async () => {
  const keys = await openKeys();
  const place = placeOf('by-hand');
  const key = await keys.newest('by-hand', 'kv');
  const body = randomBytes(150_000);
  const pieces = (async function* () {
    yield body;
  })();
  const stream: Buffer[] = [];
  for await (const piece of sealStream(key, place, pieces)) stream.push(piece);

  const page = await readFile(new URL('../../../docs/encryption.md', import.meta.url), 'utf8');
  const recipe = join(folder.path, 'recipe.mjs');
  await writeFile(recipe, /```js\n(.*?)```/s.exec(page)![1]!);
  const byHand = (await import(recipe)) as Recipe;
  const tenantKey = Buffer.from(await readFile(join(folder.path, 'by-hand.key'), 'utf8'), 'base64url');
  const entry = await (await new Kvm(connection).open(DATA_KEYS_BUCKET)).get('by-hand.kv.1');
  const dataKey = byHand.dataKey(tenantKey, entry!.json());
  const named = ['sovfn-sealed', 'by-hand', 'kv', 'ledger', 'STATE.x'];
  expect(byHand.openPiece(dataKey, named, sealPiece(key, place, Buffer.from('x'))).toString()).toBe('x');
  expect(byHand.openStream(dataKey, named, Buffer.concat(stream)).equals(body)).toBe(true);
});

async function openKeys(cacheMs = 60_000): Promise<DataKeys> {
  const provider = new FileKeys(folder.path);
  const keys = await DataKeys.open({ connection, provider, cacheMs, onInvalid: (entry) => expect(entry).toBe('') });
  opened.push(keys);
  return keys;
}

function placeOf(tenant: string): SealedPlace {
  return { tenant, purpose: 'kv', function: 'ledger', name: 'STATE.x' };
}

function secretOf({ secret }: DataKey): string {
  return secret.export().toString('hex');
}

async function codeOf(act: () => Promise<unknown>): Promise<string | null> {
  try {
    await act();
    return null;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
