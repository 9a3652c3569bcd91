import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { forgetCurrentPlatform, readCurrentPlatform, recordCurrentPlatform } from './current.ts';

const PLATFORM = { url: 'http://127.0.0.1:8081', publicUrl: 'http://127.0.0.1:8080', data: '/data' };

test('the current platform is what was recorded last, until the one with its data is forgotten', async () => {
  await using home = await makeTemporaryFolder('current');
  const environment = { XDG_CONFIG_HOME: home.path };
  const tokenFile = join(home.path, 'token');
  await writeFile(tokenFile, 'secret\n');
  expect(await readCurrentPlatform(environment)).toBeNull();

  await recordCurrentPlatform({ ...PLATFORM, tokenFile }, environment);
  expect(await readCurrentPlatform(environment)).toEqual({ ...PLATFORM, tokenFile, token: 'secret' });
  await forgetCurrentPlatform('/other', environment);
  expect(await readCurrentPlatform(environment)).not.toBeNull();
  await forgetCurrentPlatform('/data', environment);
  expect(await readCurrentPlatform(environment)).toBeNull();
});

test('a record that cannot be used says what to do', async () => {
  await using home = await makeTemporaryFolder('current');
  const environment = { XDG_CONFIG_HOME: home.path };
  const tokenFile = join(home.path, 'token');
  await writeFile(tokenFile, 'secret');
  await recordCurrentPlatform({ ...PLATFORM, tokenFile }, environment);
  await rm(tokenFile);
  await expect(readCurrentPlatform(environment)).rejects.toMatchObject({
    code: 'config-invalid',
    message: `the current platform's token cannot be read from ${tokenFile}`,
    hint: 'Start the platform again with `sovfn up --data /data`, or set SOVFN_URL and SOVFN_TOKEN.',
  });

  await writeFile(join(home.path, 'sovfn', 'current.json'), '{"v":2}');
  await expect(readCurrentPlatform(environment)).rejects.toMatchObject({ code: 'config-invalid' });
});
