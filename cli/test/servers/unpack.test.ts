import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { extractMember } from '../../src/servers/unpack.ts';

test('one file is taken out of a tar.gz made by tar, whatever lies before it', async () => {
  await using folder = await makeTemporaryFolder('tar');
  await mkdir(join(folder.path, 'nats-v1'));
  await writeFile(join(folder.path, 'nats-v1', 'LICENSE'), 'l'.repeat(1_000));
  await writeFile(join(folder.path, 'nats-v1', 'nats-server'), 'the program');
  const archive = join(folder.path, 'nats.tar.gz');
  execFileSync('tar', ['-czf', archive, '-C', folder.path, 'nats-v1/LICENSE', 'nats-v1/nats-server']);

  expect((await extractMember(archive, 'nats-v1/nats-server')).toString()).toBe('the program');
  await expect(extractMember(archive, 'nats-v1/absent')).rejects.toThrow(`${archive} has no nats-v1/absent`);
});
