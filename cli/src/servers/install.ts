import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildWithGo } from './build.ts';
import { entryFolder, makePartialFolder, publishEntry, removeFolder } from './cache.ts';
import type { BuildWay, InstallWay, ReleaseWay, ServerSpec } from './catalogue.ts';
import { download } from './download.ts';
import { probeBinary } from './probe.ts';
import type { OnServerProgress } from './progress.ts';
import { extractMember } from './unpack.ts';

/** Largest release file accepted. Bytes; MinIO's is 106 MiB. */
const RELEASE_BYTES = 256 * 1024 * 1024;

export interface InstallContext {
  readonly cache: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly report: OnServerProgress;
  readonly signal: AbortSignal;
}

/** Puts the binary into the cache and returns its path. The caller holds the server's lock. Nothing stays after a failure. */
export async function installServer(spec: ServerSpec, way: InstallWay, context: InstallContext): Promise<string> {
  const partial = await makePartialFolder(context.cache, spec.name);
  try {
    const source =
      way.kind === 'release'
        ? await fetchRelease(spec, way, partial, context)
        : await build(spec, way, partial, context);
    const probe = await probeBinary(spec, join(partial, spec.name));
    if (!probe.runs) throw new Error(`the installed program does not run here: ${probe.reason}`);
    const folder = entryFolder(context.cache, spec.name, way);
    await publishEntry(partial, folder, spec.name, source);
    return join(folder, spec.name);
  } finally {
    await removeFolder(partial);
  }
}

async function fetchRelease(
  spec: ServerSpec,
  way: ReleaseWay,
  folder: string,
  context: InstallContext,
): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  const file = way.files.find((candidate) => candidate.platform === platform);
  if (file === undefined)
    throw new Error(`no release of ${spec.name} ${way.version} with a known hash for ${platform}`);
  const fetched = join(folder, 'download');
  const sha256 = await download(file.url, {
    to: fetched,
    maxBytes: RELEASE_BYTES,
    signal: context.signal,
    onBytes: (bytes, total) => context.report({ type: 'downloading', server: spec.name, bytes, total }),
  });
  if (sha256 !== file.sha256) {
    throw new Error(`${file.url} has SHA-256 ${sha256}, expected is ${file.sha256}: refused and removed`);
  }
  const binary = join(folder, spec.name);
  if (file.content.form === 'binary') await rename(fetched, binary);
  else await writeFile(binary, await extractMember(fetched, file.content.member), { mode: 0o755 });
  await rm(fetched, { force: true });
  await chmod(binary, 0o755);
  return file.url;
}

async function build(spec: ServerSpec, way: BuildWay, folder: string, context: InstallContext): Promise<string> {
  await buildWithGo(way.module, {
    folder,
    environment: context.environment,
    signal: context.signal,
    onPackage: (packages, line) => context.report({ type: 'building', server: spec.name, packages, line }),
  });
  if (way.binary !== spec.name) await rename(join(folder, way.binary), join(folder, spec.name));
  return `go install ${way.module}`;
}
