/** Checks of the object store: whether it answers, and what of S3 it can do that the platform uses. */
import { type ObjectStore, openStore } from '@sovfn/store';
import { randomUUID } from 'node:crypto';
import type { PlainMessageKey, Say } from '../../language.ts';
import { keyFiles, readSecret } from '../keys.ts';
import { EVENTS_BUCKET } from '../layout.ts';
import { LOOPBACK } from '../../servers/free-port.ts';
import type { PlatformRecord } from '../record.ts';
import { STORE_USERS } from '../store-users.ts';
import { type DoctorCheck, type DoctorContext, fail, ok } from './check.ts';

const TEXT = Buffer.from('written and removed by sovfn doctor');

export async function checkStore(context: DoctorContext, running: PlatformRecord): Promise<DoctorCheck> {
  await using store = await openAsGateway(context, running);
  try {
    const startedAt = performance.now();
    await store.assertReady();
    return ok('store', context.say('doctor.store', { time: Math.round(performance.now() - startedAt) }));
  } catch (error) {
    const detail = context.say('doctor.store.failed', { reason: (error as Error).message });
    return fail('store', detail, context.say('doctor.read-logs', { files: `${context.folder.logs}/store.log` }));
  }
}

/** Writes an object of its own and removes it: S3 has no other way to ask. */
export async function checkStoreFeatures(context: DoctorContext, running: PlatformRecord): Promise<DoctorCheck> {
  await using store = await openAsGateway(context, running);
  return checkFeatures(store, EVENTS_BUCKET, context.say);
}

export async function checkFeatures(store: ObjectStore, bucket: string, say: Say): Promise<DoctorCheck> {
  const name = `doctor/${randomUUID()}`;
  try {
    const features = await findFeatures(store, bucket, name);
    const missing = features.filter(({ isThere }) => !isThere);
    const named = (listed: typeof features) => ({ features: listed.map(({ feature }) => say(feature)).join(', ') });
    if (missing.length === 0) return ok('store-features', say('doctor.features', named(features)));
    return fail('store-features', say('doctor.features.missing', named(missing)), say('doctor.features.missing.hint'));
  } finally {
    await store.remove(bucket, name);
  }
}

async function findFeatures(
  store: ObjectStore,
  bucket: string,
  name: string,
): Promise<readonly { readonly feature: PlainMessageKey; readonly isThere: boolean }[]> {
  const metadata = { probe: 'doctor' };
  const created = await store.put(bucket, name, TEXT, { metadata, onlyIf: { etagDoesNotMatch: '*' } });
  const again = await store.put(bucket, name, TEXT, { metadata, onlyIf: { etagDoesNotMatch: '*' } });
  const found = await store.head(bucket, name);
  const stale = await store.put(bucket, name, TEXT, { metadata, onlyIf: { etagMatches: '0'.repeat(32) } });
  const fresh = await store.put(bucket, name, TEXT, { metadata, onlyIf: { etagMatches: found?.etag ?? '' } });
  const { objects } = await store.list(bucket, 'doctor/', { limit: 1_000 });
  return [
    { feature: 'doctor.features.create', isThere: created === 'stored' && again === 'unmet' },
    { feature: 'doctor.features.replace', isThere: stale === 'unmet' && fresh === 'stored' },
    { feature: 'doctor.features.metadata', isThere: found?.metadata['probe'] === 'doctor' },
    { feature: 'doctor.features.listing', isThere: objects.some((object) => object.name === name) },
  ];
}

async function openAsGateway(
  { folder }: DoctorContext,
  { ports }: PlatformRecord,
): Promise<ObjectStore & AsyncDisposable> {
  const secretKey = await readSecret(keyFiles(folder).storeGateway);
  const store = openStore({ host: LOOPBACK, port: ports.store, tls: false, accessKey: STORE_USERS.gateway, secretKey });
  return Object.assign(store, { [Symbol.asyncDispose]: async () => Promise.resolve(store.close()) });
}
