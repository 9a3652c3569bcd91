/** A disk without room, as NATS meets it: a file system of its own, which only root may mount. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeTemporaryFolder, type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEventStage } from './event-stage.ts';
import { untilAccepted } from './until-accepted.ts';

const run = promisify(execFile);
/** More than the disk has, so that the disk is what ends. */
const JETSTREAM = 'sync_interval: always\n max_file: 10GB';
const isRoot = process.getuid?.() === 0;

let minio: MinioServer;
beforeAll(async () => {
  minio = await startMinio();
});
afterAll(() => minio[Symbol.asyncDispose]());

test.runIf(isRoot)(
  'with a full disk NATS takes no event and each is refused; with room, and restarted, it has what it accepted, and runs it',
  async () => {
    await using parts = new AsyncDisposableStack();
    const folder = parts.use(await makeTemporaryFolder('disk'));
    const disk = join(folder.path, 'disk');
    await mkdir(disk);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk]);
    parts.defer(async () => void (await run('umount', ['-l', disk])));
    const nats = { storeDir: join(disk, 'store'), jetstream: JETSTREAM };
    const { bench, world } = parts.use(await startEventStage({ store: minio.endpoint, nats }));
    await bench.untilVisible(await bench.deploy({ name: 'job' }));
    const send = async () => world.send('/fn/job/', { body: Buffer.alloc(700_000) });

    const accepted: string[] = [];
    let response = await send();
    for (; response.status === 202; response = await send()) accepted.push(response.headers.get('sovfn-event')!);
    expect([503, 507]).toContain(response.status);
    expect([503, 507]).toContain((await send()).status);
    expect(accepted.length).toBeGreaterThan(10);

    await run('mount', ['-o', 'remount,size=512m', disk]);
    await bench.nats.kill();
    await bench.nats.restart();
    accepted.push(await untilAccepted(send));
    const cell = await bench.cell('c-job');
    await cell.serve(await bench.deploy({ name: 'job' }), (served) => served.answer('done'));
    for (const event of accepted) expect((await world.ended('job', event)).state).toBe('succeeded');
  },
);
