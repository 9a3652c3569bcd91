import { connect } from 'node:net';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { startMinio, startNats } from '@sovfn/testkit';

test('a started nats-server greets on its address, and again on the same address after a restart', async () => {
  await using nats = await startNats();
  const { pid } = nats;
  expect(await greeting(nats.address)).toMatch(/^INFO .*"jetstream":true/);

  await nats.kill();
  await expect(greeting(nats.address)).rejects.toThrow('ECONNREFUSED');

  await nats.restart();
  expect(nats.pid).not.toBe(pid);
  expect(await greeting(nats.address)).toMatch(/^INFO /);
});

test('extra configuration reaches nats-server, and a mistake in it fails with the words of the server', async () => {
  await using nats = await startNats({ config: 'server_tags: ["country:fr"]' });
  const varz = (await (await fetch(`${nats.monitorUrl}/varz`)).json()) as { tags: string[] };
  expect(varz.tags).toEqual(['country:fr']);

  await expect(startNats({ config: 'no_such_option: 1' })).rejects.toThrow(/unknown field "no_such_option"/);
});

test('a started MinIO answers, keeps its address over a restart, and leaves no folder', async () => {
  let folder: string;
  {
    await using minio = await startMinio();
    folder = minio.dataFolder;
    const url = `http://${minio.endpoint.host}:${minio.endpoint.port}/minio/health/live`;
    expect((await fetch(url)).status).toBe(200);
    await minio.kill();
    await expect(fetch(url)).rejects.toThrow();
    await minio.restart();
    expect((await fetch(url)).status).toBe(200);
  }
  await expect(stat(folder)).rejects.toThrow('ENOENT');
});

async function greeting(address: { host: string; port: number }): Promise<string> {
  const socket = connect(address);
  try {
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    return bytes.toString();
  } finally {
    socket.destroy();
  }
}
