/**
 * A Debian package out of an archive of `npm run archive`, by `dpkg-deb` alone: the same files at `/opt/sovfn`, the unit where
 * systemd looks, the command on the PATH. Installing starts nothing: where the machine is must be declared first.
 */
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './run.ts';

const run = promisify(execFile);
const ARCHIVE = /^sovfn-(?<version>\d[\w.+~-]*)-linux-(?<machine>x64|arm64)\.tar\.gz$/;
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** Stopped for an upgrade, and started behind it only when it ran before. */
const WAS_RUNNING = '/run/sovfn-was-running';
const SCRIPTS: Readonly<Record<string, string>> = {
  postinst: `if [ "$1" = configure ]; then
  id sovfn >/dev/null 2>&1 || useradd --system --home-dir /var/lib/sovfn --shell /usr/sbin/nologin sovfn
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    if [ -e ${WAS_RUNNING} ]; then systemctl start sovfn; fi
  fi
  rm -f ${WAS_RUNNING}
fi`,
  prerm: `if [ -d /run/systemd/system ]; then
  if [ "$1" = upgrade ] && systemctl is-active --quiet sovfn; then touch ${WAS_RUNNING}; fi
  systemctl stop sovfn
  if [ "$1" = remove ]; then systemctl disable sovfn; fi
fi`,
  postrm: `if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
if [ "$1" = purge ] && [ -d /var/lib/sovfn ]; then
  echo 'sovfn: /var/lib/sovfn stays: it holds the data and the keys. Remove it yourself.'
fi`,
};

/** Writes the package into the folder, and resolves to its path. Throws for a file whose name is not that of an archive for Linux. */
export async function makeDebianPackage(archive: string, folder: string): Promise<string> {
  const { version, machine } = ARCHIVE.exec(basename(archive))?.groups ?? {};
  if (version === undefined) {
    throw new Error(
      `${basename(archive)} is not named as an archive for Linux: sovfn-<version>-linux-<x64 or arm64>.tar.gz`,
    );
  }
  const architecture = ARCHITECTURES[machine!]!;
  const file = join(folder, `sovfn_${version}_${architecture}.deb`);
  const draft = await mkdtemp(join(tmpdir(), 'sovfn-debian-'));
  try {
    // Readable by all, as the folders of a system are.
    await chmod(draft, 0o755);
    for (const place of ['DEBIAN', 'opt', 'usr/bin', 'usr/lib/systemd/system', 'usr/share/doc/sovfn']) {
      await mkdir(join(draft, place), { recursive: true, mode: 0o755 });
    }
    await run('tar', ['-xzf', archive, '-C', join(draft, 'opt')]);
    await symlink('/opt/sovfn/bin/sovfn', join(draft, 'usr/bin/sovfn'));
    await copyFile(join(draft, 'opt/sovfn/systemd/sovfn.service'), join(draft, 'usr/lib/systemd/system/sovfn.service'));
    await copyFile(join(ROOT, 'LICENSE'), join(draft, 'usr/share/doc/sovfn/copyright'));
    await writeFile(join(draft, 'DEBIAN/control'), controlOf(version, architecture));
    for (const [name, text] of Object.entries(SCRIPTS)) {
      await writeFile(join(draft, 'DEBIAN', name), `#!/bin/sh\nset -e\n${text}\n`, { mode: 0o755 });
    }
    await mkdir(folder, { recursive: true });
    // As the archive: most of it is programs, and more effort takes minutes for a tenth less.
    await run('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', draft, file]);
    return file;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** What Node and isolated-vm are linked against; everything else is in the package. */
function controlOf(version: string, architecture: string): string {
  return `Package: sovfn
Version: ${version}
Architecture: ${architecture}
Maintainer: The sovfn authors <sovfn@localhost>
Depends: libc6 (>= 2.28), libstdc++6, libgcc-s1, libatomic1, passwd
Section: admin
Priority: optional
Description: serverless functions on your own machines
 The command sovfn, the Node that it runs on, nats-server and MinIO, and a unit
 for systemd. Nothing is downloaded, neither now nor later.
`;
}
