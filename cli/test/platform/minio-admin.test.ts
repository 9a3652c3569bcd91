import { expect, test } from 'vitest';
import { openStore } from '@sovfn/store';
import { startMinio } from '@sovfn/testkit';
import { ensureStoreUser } from '../../src/platform/minio-admin.ts';
import { storeUsers } from '../../src/platform/store-users.ts';

const SECRETS = { root: '', gateway: 'gateway-secret-of-the-test', node: 'node-secret-of-the-test' };

test('the gateway’s user serves both buckets, the node’s user reads bundles and nothing else', async () => {
  await using minio = await startMinio();
  const { host, port, ...keys } = minio.endpoint;
  const root = openStore({ host, port, tls: false, ...keys });
  await root.ensureBucket('sovfn-bundles');
  await root.ensureBucket('sovfn-outputs');
  await root.ensureBucket('others');
  // Twice, as at a second start of the platform.
  for (const user of [...storeUsers(SECRETS), ...storeUsers(SECRETS)]) await ensureStoreUser(minio.endpoint, user);

  const [gateway, node] = storeUsers(SECRETS).map((user) => openStore({ host, port, tls: false, ...user }));
  await gateway!.assertReady();
  await gateway!.ensureBucket('sovfn-bundles');
  await gateway!.put('sovfn-bundles', 'a', Buffer.from('bundle'));
  await gateway!.put('sovfn-outputs', 'a', Buffer.from('output'));
  await expect(gateway!.put('others', 'a', Buffer.from('x'))).rejects.toMatchObject({ code: 'store-refused' });

  expect((await node!.get('sovfn-bundles', 'a', { maxBytes: 100 })).toString()).toBe('bundle');
  await expect(node!.get('sovfn-bundles', 'absent', { maxBytes: 100 })).rejects.toMatchObject({ code: 'not-found' });
  await expect(node!.put('sovfn-bundles', 'a', Buffer.from('x'))).rejects.toMatchObject({ code: 'store-refused' });
  await expect(node!.get('sovfn-outputs', 'a', { maxBytes: 100 })).rejects.toMatchObject({ code: 'store-refused' });
});

test('a wrong root secret is refused with the words of MinIO', async () => {
  await using minio = await startMinio();
  const [user] = storeUsers(SECRETS);
  await expect(ensureStoreUser({ ...minio.endpoint, secretKey: 'wrong-secret' }, user!)).rejects.toThrow(
    /MinIO refused "add-canned-policy" with 403: .*SignatureDoesNotMatch/,
  );
});
