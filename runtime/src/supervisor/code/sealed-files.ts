/**
 * Cache files that only this node can have made: each carries an HMAC-SHA256 over its name and content under a key
 * that never leaves the node. For content that no published hash covers (machine code, source maps).
 *
 * Guarantees: `read` returns what `write` was given for that name, or null; a file that fails the check is removed.
 * Does not guarantee: protection from whoever can read the key file (mode 0600). Hostile: the bytes on the disk.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { SovfnError } from '@sovfn/protocol';
import type { CacheDirectory } from './cache-directory.ts';

const KEY_BYTES = 32;
const SEAL_BYTES = 32;

export interface SealedFilesOptions {
  readonly directory: CacheDirectory;
  readonly key: Buffer;
  /** Told about each file whose seal was wrong, after it was removed. */
  readonly onTampered: (name: string) => void;
}

export class SealedFiles {
  readonly #options: SealedFilesOptions;

  constructor(options: SealedFilesOptions) {
    this.#options = options;
  }

  async read(name: string): Promise<Buffer | null> {
    const file = await this.#options.directory.read(name);
    if (file === null) return null;
    const content = file.subarray(SEAL_BYTES);
    const seal = file.subarray(0, SEAL_BYTES);
    if (seal.length === SEAL_BYTES && timingSafeEqual(seal, this.#seal(name, content))) return content;
    await this.#options.directory.remove(name);
    this.#options.onTampered(name);
    return null;
  }

  async write(name: string, content: Uint8Array): Promise<void> {
    await this.#options.directory.write(name, Buffer.concat([this.#seal(name, content), content]));
  }

  #seal(name: string, content: Uint8Array): Buffer {
    return createHmac('sha256', this.#options.key).update(`${name}\n`).update(content).digest();
  }
}

/** The node's sealing key: read from `path`, or made there at the first start. Throws SovfnError `config-invalid`. */
export async function readOrMakeSealKey(path: string): Promise<Buffer> {
  try {
    await writeFile(path, randomBytes(KEY_BYTES), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const key = await readFile(path);
  if (key.length === KEY_BYTES) return key;
  throw new SovfnError('config-invalid', `the sealing key ${path} has ${key.length} bytes; it must have ${KEY_BYTES}`, {
    hint: 'Remove the file: the node makes a new one and compiles its caches again.',
  });
}
