/**
 * `npm run archive -- <folder>`: writes `sovfn-<version>-<platform>.tar.gz`, which holds everything but the two servers and
 * is unpacked at `/opt`. For the platform of the machine that makes it.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { installPackages } from './install-packages.ts';
import { packPackages } from './packages.ts';
import { ROOT } from './run.ts';

const run = promisify(execFile);

/** On the Node of the archive: the machine needs none. */
const COMMAND = `#!/bin/sh
modules=$(dirname "$(readlink -f "$0")")/../node_modules
exec "$modules/.bin/node" "$modules/sovfn/bin/sovfn.js" "$@"
`;

const target = resolve(process.argv[2] ?? 'dist');
const { version } = JSON.parse(await readFile(join(ROOT, 'cli/package.json'), 'utf8')) as { version: string };
const draft = await mkdtemp(join(tmpdir(), 'sovfn-archive-'));
try {
  const sovfn = join(draft, 'sovfn');
  await installPackages(await packPackages(join(draft, 'packed')), sovfn);
  await mkdir(join(sovfn, 'bin'));
  await writeFile(join(sovfn, 'bin/sovfn'), COMMAND, { mode: 0o755 });
  for (const one of ['systemd', 'grafana', 'INSTALL.md']) {
    await cp(join(ROOT, 'deploy', one), join(sovfn, one), { recursive: true });
  }
  for (const one of ['package.json', 'package-lock.json']) await rm(join(sovfn, one));
  await mkdir(target, { recursive: true });
  const file = join(target, `sovfn-${version}-${process.platform}-${process.arch}.tar.gz`);
  await run('tar', ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '-C', draft, '-czf', file, 'sovfn']);
  process.stdout.write(`${file}\n`);
} finally {
  await rm(draft, { recursive: true, force: true });
}
