/** What a bucket with object lock does with what this package stores and removes. */
import { startMinio } from '@sovfn/testkit';
import { Client } from 'minio';
import { expect, test } from 'vitest';
import { openStore } from '../src/index.ts';

test('what is stored in a locked bucket stays: removing hides it, and no version of it can be removed', async () => {
  await using minio = await startMinio();
  const { host: endPoint, port, accessKey, secretKey } = minio.endpoint;
  const client = new Client({ endPoint, port, accessKey, secretKey, useSSL: false });
  await client.makeBucket('locked', '', { ObjectLocking: true });
  // eslint-disable-next-line @typescript-eslint/await-thenable -- it is a promise; the first of its overloads says void
  await client.setObjectLockConfig('locked', { mode: 'COMPLIANCE', unit: 'Days', validity: 183 });
  const store = openStore({ ...minio.endpoint, tls: false });
  await store.put('locked', 'audit/1', Buffer.from('proof'));
  const { versionId } = await client.statObject('locked', 'audit/1');
  await store.put('locked', 'audit/1', Buffer.from('forged'));
  await store.remove('locked', 'audit/1');
  expect(await store.head('locked', 'audit/1')).toBeNull();
  const removed = client.removeObject('locked', 'audit/1', { versionId: versionId! });
  await expect(removed).rejects.toThrow('Object is WORM protected');
  const pieces = await (await client.getObject('locked', 'audit/1', { versionId: versionId! })).toArray();
  expect(Buffer.concat(pieces as Buffer[]).toString()).toBe('proof');
  store.close();
});
