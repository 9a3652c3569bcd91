/**
 * The cache of server binaries: one folder per server, version and platform, which appears whole by one rename.
 *
 * Guarantees: a folder without a record, or whose binary is not the recorded one, is never used.
 * Does not guarantee: that a change which keeps size and modification time is noticed by `openEntry`; that takes
 * `verifyEntry`, which hashes the whole file (`sovfn doctor` does). Whoever can write to the user's cache folder can
 * write a record too: the cache protects against accidents, not against this user.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { InstallWay, ServerName } from './catalogue.ts';

const RECORD_FILE = 'record.json';
const PARTIAL_MARK = '.partial-';

const recordSchema = z.strictObject({
  v: z.literal(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(1),
  modifiedAtMs: z.int(),
  source: z.string(),
});
type CacheRecord = z.output<typeof recordSchema>;

export type CacheEntry =
  | { readonly state: 'valid'; readonly path: string }
  | { readonly state: 'absent' }
  | { readonly state: 'corrupt'; readonly reason: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** `$XDG_CACHE_HOME/sovfn/servers`, or below `~/.cache`. */
export function serverCacheFolder(environment: Environment): string {
  return join(cacheFolder(environment), 'servers');
}

/** Beside it: where Node keeps what it compiled of our own code, for `NODE_COMPILE_CACHE`. `bin/sovfn.js` uses the same. */
export function codeCacheFolder(environment: Environment): string {
  return join(cacheFolder(environment), 'code');
}

function cacheFolder(environment: Environment): string {
  return join(environment.XDG_CACHE_HOME ?? join(environment.HOME ?? homedir(), '.cache'), 'sovfn');
}

export function entryFolder(cache: string, server: ServerName, way: InstallWay): string {
  return join(cache, `${server}-${way.version}-${process.platform}-${process.arch}`);
}

/** Fast: compares size and modification time with the record, and hashes only when the time differs. */
export async function openEntry(folder: string, server: ServerName): Promise<CacheEntry> {
  return inspectEntry(folder, server, (record, found) => found.modifiedAtMs === record.modifiedAtMs);
}

/** Hashes the whole binary (150 MB: about a third of a second). */
export async function verifyEntry(folder: string, server: ServerName): Promise<CacheEntry> {
  return inspectEntry(folder, server, () => false);
}

/** A folder to work in, beside the entries so that one rename publishes it. Only the holder of the server's lock makes one. */
export async function makePartialFolder(cache: string, server: ServerName): Promise<string> {
  const folder = join(cache, `${server}${PARTIAL_MARK}${randomUUID()}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** What interrupted runs left. Only the holder of the server's lock may call this. */
export async function removePartialFolders(cache: string, server: ServerName): Promise<void> {
  const leftovers = (await readdir(cache)).filter((name) => name.startsWith(`${server}${PARTIAL_MARK}`));
  for (const name of leftovers) await removeFolder(join(cache, name));
}

/** Records the binary `<partial>/<server>`, flushes it to disk and publishes the folder as `folder`. */
export async function publishEntry(partial: string, folder: string, server: ServerName, source: string): Promise<void> {
  const binary = join(partial, server);
  const { size, mtimeMs } = await stat(binary);
  const sha256 = await hashFile(binary);
  const record: CacheRecord = { v: 1, sha256, bytes: size, modifiedAtMs: Math.round(mtimeMs), source };
  await writeFile(join(partial, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`);
  await flush(binary);
  await flush(join(partial, RECORD_FILE));
  await rename(partial, folder);
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

async function inspectEntry(
  folder: string,
  server: ServerName,
  isTrustedUnread: (record: CacheRecord, found: { modifiedAtMs: number }) => boolean,
): Promise<CacheEntry> {
  const path = join(folder, server);
  const record = await readRecord(folder);
  if (record === 'absent') return { state: 'absent' };
  if (record === 'unreadable') return { state: 'corrupt', reason: `${join(folder, RECORD_FILE)} is not a record` };
  const found = await stat(path).catch(() => null);
  if (found === null) return { state: 'corrupt', reason: `${path} is missing` };
  if (found.size !== record.bytes) {
    return { state: 'corrupt', reason: `${path} has ${found.size} bytes, recorded are ${record.bytes}` };
  }
  if (isTrustedUnread(record, { modifiedAtMs: Math.round(found.mtimeMs) })) return { state: 'valid', path };
  const sha256 = await hashFile(path);
  if (sha256 === record.sha256) return { state: 'valid', path };
  return { state: 'corrupt', reason: `${path} has SHA-256 ${sha256}, recorded is ${record.sha256}` };
}

async function readRecord(folder: string): Promise<CacheRecord | 'absent' | 'unreadable'> {
  const found = await stat(folder).catch(() => null);
  if (found === null) return 'absent';
  try {
    return recordSchema.parse(JSON.parse(await readFile(join(folder, RECORD_FILE), 'utf8')));
  } catch {
    return 'unreadable';
  }
}

/** SHA-256, lower-case hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function flush(path: string): Promise<void> {
  await using file = await open(path, 'r');
  await file.sync();
}
