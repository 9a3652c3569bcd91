/** A store whose disk takes nothing more: a file system of its own, which only root may mount. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startMinio } from '@sovfn/testkit';
import { expect, test } from 'vitest';
import { openStore } from '../src/index.ts';

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;
const BODY_BYTES = 4_000_000;
/** More than there is room for. */
const MOST_OBJECTS = 30;

test.runIf(isRoot)(
  'an object that the disk has no room for is refused, and the disk is named among what to check',
  async () => {
    await using parts = new AsyncDisposableStack();
    const minio = parts.use(await startMinio());
    await minio.kill();
    await run('mount', ['-t', 'tmpfs', '-o', 'size=60m', 'tmpfs', minio.dataFolder]);
    parts.defer(async () => void (await run('umount', ['-l', minio.dataFolder])));
    await minio.restart();
    const store = openStore({ ...minio.endpoint, tls: false });
    parts.defer(() => store.close());
    await store.ensureBucket('full');
    const fill = async (): Promise<void> => {
      for (let number = 0; number < MOST_OBJECTS; number++)
        await store.put('full', String(number), Buffer.alloc(BODY_BYTES));
    };
    // MinIO calls it a full storage, or a fault of its own, by how little room is left.
    await expect(fill()).rejects.toMatchObject({
      code: expect.stringMatching(/^store-(?:refused|unavailable)$/) as string,
      hint: expect.stringMatching(/room on its disk|free space/) as string,
    });
  },
);
