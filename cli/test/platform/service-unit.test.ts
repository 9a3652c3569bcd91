/** Whether the platform runs as the systemd unit confines it, as far as that can be had without systemd. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { makeHome, somePorts, upInProcess } from './platform-home.ts';

const UNIT = new URL('../../../deploy/systemd/sovfn.service', import.meta.url);

test.runIf(process.platform === 'linux')(
  'the platform comes up with the kinds of sockets that its systemd unit allows',
  async () => {
    const families = /^RestrictAddressFamilies=(.+)$/m.exec(await readFile(UNIT, 'utf8'))![1]!.split(' ');
    const restriction = new URL(`socket-families.ts?${families.join('&')}`, import.meta.url);
    await using home = await makeHome();
    const up = upInProcess(home, await somePorts(), [restriction]);
    const exit = once(up.child, 'exit');
    await up.event('up');
    up.child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  },
  120_000,
);
