import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectBus, decodeCredential } from '@sovfn/bus';
import { makeTemporaryFolder, startNats } from '@sovfn/testkit';
import { prepareDataFolder } from '../../src/platform/data-folder.ts';
import { prepareKeys } from '../../src/platform/keys.ts';

test('the lasting keys are made once; a server with them takes the credentials of every start', async () => {
  await using home = await makeTemporaryFolder('keys');
  const folder = await prepareDataFolder(join(home.path, 'data'));
  const first = await prepareKeys(folder, { zones: ['fr'], country: 'FR' });
  const firstCredential = await readFile(first.files.gatewayCredential, 'utf8');
  const second = await prepareKeys(folder, { zones: ['fr'], country: 'FR' });
  expect({ ...second, files: null }).toEqual({ ...first, files: null });

  await using nats = await startNats({ config: first.busConfig });
  for (const text of [firstCredential, await readFile(second.files.gatewayCredential, 'utf8')]) {
    const connection = await connectBus({
      address: nats.address,
      credential: decodeCredential(text),
      name: 'gateway',
      inboxPrefix: '_INBOX_gateway.gw-1',
    });
    await connection.close();
  }
});

test('each gateway has a credential of its own, until a start with fewer gateways', async () => {
  await using home = await makeTemporaryFolder('keys');
  const folder = await prepareDataFolder(join(home.path, 'data'));
  const credentials = async (gateways: number): Promise<string[]> => {
    await prepareKeys(folder, { zones: ['fr'], country: 'FR', gateways });
    return (await readdir(folder.keys)).filter((name) => name.endsWith('.creds')).toSorted();
  };
  expect(await credentials(3)).toEqual(['gw-1.creds', 'gw-2.creds', 'gw-3.creds', 'node-1.creds']);
  expect(await credentials(1)).toEqual(['gw-1.creds', 'node-1.creds']);
});

test('what an interrupted first start left of the keys is made anew', async () => {
  await using home = await makeTemporaryFolder('keys');
  const folder = await prepareDataFolder(join(home.path, 'data'));
  await mkdir(`${folder.keys}.partial`);
  await writeFile(join(`${folder.keys}.partial`, 'api.token'), 'half');
  const { files } = await prepareKeys(folder, { zones: ['fr'], country: 'FR' });
  expect(await readFile(files.apiToken, 'utf8')).toMatch(/^sovfn_[\w-]{43}$/);
  expect(await readdir(folder.path)).not.toContain('keys.partial');
});

test('damaged keys stop the start, because new ones could not open the old data', async () => {
  await using home = await makeTemporaryFolder('keys');
  const folder = await prepareDataFolder(join(home.path, 'data'));
  const { files } = await prepareKeys(folder, { zones: ['fr'], country: 'FR' });
  await writeFile(files.busOperator, '{}');
  await expect(prepareKeys(folder, { zones: ['fr'], country: 'FR' })).rejects.toMatchObject({
    code: 'config-invalid',
    message: `${files.busOperator} does not hold the keys of this platform's NATS`,
  });
});
