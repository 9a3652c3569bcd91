import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SERVERS, type ServerSpec } from '../../src/servers/catalogue.ts';

/** A program that answers `--version` as nats-server does. */
export const fakeServer = (version: string): string => `#!/bin/sh\necho "nats-server: v${version}"\n`;

export const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

/** nats-server's rules, with one release file of the test's. */
export function specWithRelease(url: string, hash: string): ServerSpec {
  const platform = `${process.platform}-${process.arch}`;
  const file = { platform, url, sha256: hash, content: { form: 'binary' } } as const;
  return { ...SERVERS['nats-server'], ways: [{ kind: 'release', version: '9.9.9', files: [file] }] };
}

/** nats-server's rules, to be built with whatever `go` is on PATH. */
export function specWithBuild(): ServerSpec {
  const way = {
    kind: 'build',
    version: '9.9.9',
    module: 'example.org/nats-server@v9.9.9',
    binary: 'nats-server',
  } as const;
  return { ...SERVERS['nats-server'], ways: [way] };
}

/** Writes an executable and returns the folder it is in, for PATH. */
export async function writeProgram(folder: string, name: string, content: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), content, { mode: 0o755 });
  return folder;
}
