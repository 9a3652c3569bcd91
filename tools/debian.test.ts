/** The archive itself is tested in `e2e/test/closed-site.test.ts`: here one with the same folders and a small program stands for it. */
import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDebianPackage } from './debian.ts';
import { ROOT } from './run.ts';

const run = promisify(execFile);
const isThere = (program: string): boolean => spawnSync(program, ['--version']).status === 0;
const [HAS_DPKG, HAS_SYSTEMD] = [isThere('dpkg-deb'), isThere('systemd-analyze')];
if (!HAS_DPKG) process.stderr.write('SKIPPED: no Debian package is made, because dpkg-deb is not installed.\n');
if (!HAS_SYSTEMD)
  process.stderr.write('SKIPPED: the unit is not verified, because systemd-analyze is not installed.\n');

let home: TemporaryFolder;
let deb: string;
let installed: string;
beforeAll(async () => {
  home = await makeTemporaryFolder('debian');
  if (!HAS_DPKG) return;
  const sovfn = join(home.path, 'sovfn');
  await mkdir(join(sovfn, 'bin'), { recursive: true });
  await writeFile(join(sovfn, 'bin/sovfn'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  await cp(join(ROOT, 'deploy/systemd'), join(sovfn, 'systemd'), { recursive: true });
  const archive = join(home.path, 'sovfn-0.1.0-linux-x64.tar.gz');
  await run('tar', ['-C', home.path, '-czf', archive, 'sovfn']);
  deb = await makeDebianPackage(archive, join(home.path, 'dist'));
  installed = join(home.path, 'installed');
  await run('dpkg-deb', ['-x', deb, installed]);
});
afterAll(() => home[Symbol.asyncDispose]());

test.skipIf(!HAS_DPKG)(
  'a Debian package has the archive at /opt/sovfn, its unit and its command, all of root (needs dpkg-deb)',
  async () => {
    const { stdout: list } = await run('dpkg-deb', ['--contents', deb]);
    const files = list.trimEnd().split('\n');
    expect(files.filter((line) => !line.includes(' root/root '))).toEqual([]);
    expect(list).toContain(' ./usr/bin/sovfn -> /opt/sovfn/bin/sovfn');
    expect((await run(join(installed, 'opt/sovfn/bin/sovfn'), ['status'])).stdout).toBe('status\n');
    const unit = 'usr/lib/systemd/system/sovfn.service';
    expect(await readFile(join(installed, unit), 'utf8')).toBe(
      await readFile(join(ROOT, 'deploy/systemd/sovfn.service'), 'utf8'),
    );
    const { stdout: facts } = await run('dpkg-deb', ['--field', deb]);
    expect(facts).toMatch(/^Package: sovfn\nVersion: 0\.1\.0\nArchitecture: amd64\n/);
  },
);

test.skipIf(!HAS_DPKG)(
  'what it runs at installation and removal is read by sh, and removes no data (needs dpkg-deb)',
  async () => {
    const control = join(home.path, 'control');
    await run('dpkg-deb', ['--control', deb, control]);
    for (const script of ['postinst', 'prerm', 'postrm']) {
      await run('sh', ['-n', join(control, script)]);
      expect(await readFile(join(control, script), 'utf8')).not.toMatch(/\brm -r|userdel/);
    }
  },
);

test.skipIf(!HAS_DPKG || !HAS_SYSTEMD)(
  'systemd takes its unit without a word (needs dpkg-deb and systemd-analyze)',
  async () => {
    // The targets that it names belong to systemd: those of this machine.
    const system = join(installed, 'usr/lib/systemd/system');
    await cp('/lib/systemd/system', system, { recursive: true, force: false, verbatimSymlinks: true });
    const { stdout, stderr } = await run('systemd-analyze', ['verify', `--root=${installed}`, 'sovfn.service']);
    expect(stdout + stderr).toBe('');
  },
);

test('a file that is no archive for Linux makes no package', async () => {
  const other = makeDebianPackage('/tmp/sovfn-0.1.0-darwin-arm64.tar.gz', home.path);
  await expect(other).rejects.toThrow('sovfn-0.1.0-darwin-arm64.tar.gz is not named as an archive for Linux');
});
