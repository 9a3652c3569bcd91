import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
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

test('a store that forgets a policy while it starts is told of it again', async () => {
  await using minio = await startMinio();
  await using forgetful = await startForgetful(minio.endpoint);
  const [user] = storeUsers(SECRETS);
  await ensureStoreUser({ ...minio.endpoint, port: forgetful.port }, user!);
  // The store itself may not be ready, or forget it once more: it has just started too.
  expect(forgetful.calls.filter((call) => call === GRANT).length).toBeGreaterThanOrEqual(2);
  const { host, port } = minio.endpoint;
  await openStore({ host, port, tls: false, ...user! }).assertReady();
});

/** Gives a user its policy. */
const GRANT = 'set-user-or-group-policy';

/** Passes requests on to MinIO, but for the first of GRANT: it answers what MinIO does when it has just read its disk. */
async function startForgetful({ host, port }: { readonly host: string; readonly port: number }) {
  const calls: string[] = [];
  let hasForgotten = false;
  const server = createServer((incoming, outgoing) => {
    const call = new URL(incoming.url!, 'http://x').pathname.split('/').at(-1)!;
    calls.push(call);
    if (call === GRANT && !hasForgotten) {
      hasForgotten = true;
      incoming.resume();
      outgoing.writeHead(404).end('{"Code":"XMinioAdminNoSuchPolicy","Message":"The canned policy does not exist."}');
      return;
    }
    const { method, url: path, headers } = incoming;
    const passed = request({ host, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    calls,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
