/**
 * Files of known names in one directory, bounded in size: when it is full, those used longest ago go first.
 *
 * Guarantees: a reader sees a whole file or none (written beside, then renamed). Does not guarantee what is in the
 * files: whoever reads them checks them, by hash or seal; nor that the next process knows what was read in the last
 * second of this one. The directory belongs to one process.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE_NAME = /^[0-9a-f]{64}$/;
/** Each is remembered in memory, however small it is. */
const MOST_FILES = 50_000;
/**
 * Files up to this are read at once. On a thread of the pool each step of a read waits for two threads to be run: a busy
 * machine makes 6–12 ms of it (p99; 1 ms at once), and a cold start reads three files. Bytes.
 */
const READ_AT_ONCE_BYTES = 1024 * 1024;
/**
 * After a read, until the file says so. A change of a file waits for what others have synced: beside a program that syncs
 * all the time it takes 2 ms (p99, measured), and whoever reads three files has a call to answer.
 */
const NOTE_USE_AFTER_MS = 1_000;

export class CacheDirectory {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #mostFiles: number;
  /** Bytes by name; the order is that of use, oldest first. */
  readonly #sizes = new Map<string, number>();
  #totalBytes = 0;
  /** When each was read whose file does not say so yet. */
  #usedAt = new Map<string, Date>();

  /** Takes over what the directory holds; anything that is no cache file (an interrupted write) is removed. */
  static async open(directory: string, maxBytes: number, mostFiles: number = MOST_FILES): Promise<CacheDirectory> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const cache = new CacheDirectory(directory, maxBytes, mostFiles);
    await cache.#adopt();
    await cache.#shrink();
    return cache;
  }

  private constructor(directory: string, maxBytes: number, mostFiles: number) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
    this.#mostFiles = mostFiles;
  }

  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** The content, or null. `name` is 64 hex digits. */
  async read(name: string): Promise<Buffer | null> {
    const bytes = this.#sizes.get(name);
    if (bytes === undefined) return null;
    try {
      const path = this.#path(name);
      const content = bytes <= READ_AT_ONCE_BYTES ? readFileSync(path) : await readFile(path);
      this.#touch(name);
      return content;
    } catch (error) {
      if (!isAbsent(error)) throw error;
      this.#forget(name);
      return null;
    }
  }

  /** Writes or replaces. A file larger than the whole cache is not kept. */
  async write(name: string, content: Uint8Array): Promise<void> {
    if (content.length > this.#maxBytes) return;
    const beside = join(this.#directory, `${name}.${randomBytes(6).toString('hex')}`);
    try {
      await writeFile(beside, content, { mode: 0o600, flag: 'wx' });
      await rename(beside, this.#path(name));
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
    this.#record(name, content.length);
    await this.#shrink();
  }

  async remove(name: string): Promise<void> {
    this.#forget(name);
    await rm(this.#path(name), { force: true });
  }

  async #adopt(): Promise<void> {
    const found: { name: string; bytes: number; usedAt: number }[] = [];
    for (const name of await readdir(this.#directory)) {
      if (FILE_NAME.test(name)) {
        const { size, mtimeMs } = await stat(this.#path(name));
        found.push({ name, bytes: size, usedAt: mtimeMs });
      } else {
        await rm(join(this.#directory, name), { force: true, recursive: true });
      }
    }
    for (const file of found.toSorted((a, b) => a.usedAt - b.usedAt)) this.#record(file.name, file.bytes);
  }

  async #shrink(): Promise<void> {
    for (const name of this.#sizes.keys()) {
      if (this.#totalBytes <= this.#maxBytes && this.#sizes.size <= this.#mostFiles) return;
      await this.remove(name);
    }
  }

  #touch(name: string): void {
    const bytes = this.#sizes.get(name);
    if (bytes === undefined) return;
    this.#record(name, bytes);
    if (this.#usedAt.size === 0) setTimeout(() => void this.#noteUse(), NOTE_USE_AFTER_MS).unref();
    this.#usedAt.set(name, new Date());
  }

  async #noteUse(): Promise<void> {
    const noted = this.#usedAt;
    this.#usedAt = new Map();
    for (const [name, usedAt] of noted) {
      // One that is gone meanwhile, or cannot be changed, is worth no more than its place in the order.
      await utimes(this.#path(name), usedAt, usedAt).catch(() => undefined);
    }
  }

  #record(name: string, bytes: number): void {
    this.#forget(name);
    this.#sizes.set(name, bytes);
    this.#totalBytes += bytes;
  }

  #forget(name: string): void {
    this.#totalBytes -= this.#sizes.get(name) ?? 0;
    this.#sizes.delete(name);
  }

  #path(name: string): string {
    if (!FILE_NAME.test(name)) throw new RangeError(`"${name}" cannot name a cache file: 64 hex digits`);
    return join(this.#directory, name);
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
