/**
 * `npm run archive -- <folder> [--key <file>]`: writes what a machine without any network needs, for the platform of the
 * machine that makes it:
 *
 * - `sovfn-<version>-<platform>.tar.gz`, unpacked at `/opt`: the packages, the Node that they run on, nats-server, MinIO
 * - `SHA256SUMS` of it, in the form of `sha256sum`
 * - with a key (Ed25519, PEM), `SHA256SUMS.sig`, in the form of `openssl pkeyutl -rawin`
 */
import { execFile } from 'node:child_process';
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { hashFile, provideServer } from 'sovfn/servers';
import { installPackages } from './install-packages.ts';
import { packPackages } from './packages.ts';
import { ROOT } from './run.ts';

const run = promisify(execFile);

/** On the Node and the servers of the archive: the machine needs none. */
const COMMAND = `#!/bin/sh
sovfn=$(dirname "$(dirname "$(readlink -f "$0")")")
export SOVFN_NATS_BIN="\${SOVFN_NATS_BIN:-$sovfn/servers/nats-server}"
export SOVFN_MINIO_BIN="\${SOVFN_MINIO_BIN:-$sovfn/servers/minio}"
exec "$sovfn/node_modules/.bin/node" "$sovfn/node_modules/sovfn/bin/sovfn.js" "$@"
`;
const SUMS = 'SHA256SUMS';

const { values, positionals } = parseArgs({ options: { key: { type: 'string' } }, allowPositionals: true });
const target = resolve(positionals[0] ?? 'dist');
const key = values.key === undefined ? null : await readSigningKey(values.key);
await mkdir(target, { recursive: true });
const archive = await writeArchive();
const sums = Buffer.from(`${await hashFile(archive)}  ${basename(archive)}\n`);
await writeFile(join(target, SUMS), sums);
if (key === null) await rm(join(target, `${SUMS}.sig`), { force: true });
else await writeFile(join(target, `${SUMS}.sig`), sign(null, sums, key));
process.stdout.write(`${archive}\n`);
if (key === null) process.stderr.write('The archive is not signed: no --key was given.\n');

async function readSigningKey(file: string): Promise<KeyObject> {
  const read = createPrivateKey(await readFile(file));
  if (read.asymmetricKeyType === 'ed25519') return read;
  throw new Error(`${file} holds a key of the type ${read.asymmetricKeyType}; archives are signed with Ed25519`);
}

async function writeArchive(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(ROOT, 'cli/package.json'), 'utf8')) as { version: string };
  const file = join(target, `sovfn-${version}-${process.platform}-${process.arch}.tar.gz`);
  const draft = await mkdtemp(join(tmpdir(), 'sovfn-archive-'));
  try {
    const sovfn = join(draft, 'sovfn');
    await installPackages(await packPackages(join(draft, 'packed')), sovfn);
    for (const one of ['package.json', 'package-lock.json']) await rm(join(sovfn, one));
    await mkdir(join(sovfn, 'bin'));
    await writeFile(join(sovfn, 'bin/sovfn'), COMMAND, { mode: 0o755 });
    await mkdir(join(sovfn, 'servers'));
    for (const name of ['nats-server', 'minio'] as const) {
      await copyFile((await provideServer(name)).path, join(sovfn, 'servers', name));
    }
    for (const one of ['systemd', 'grafana', 'INSTALL.md']) {
      await cp(join(ROOT, 'deploy', one), join(sovfn, one), { recursive: true });
    }
    // Higher levels take five times as long for a tenth less: most of it is programs.
    const form = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--use-compress-program', 'gzip -1'];
    await run('tar', [...form, '-C', draft, '-cf', file, 'sovfn']);
    return file;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
