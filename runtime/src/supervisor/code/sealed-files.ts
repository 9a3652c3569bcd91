/**
 * Cache files that only this node can have made, and read: each is encrypted (AES-256-GCM) and bound to its name, under a
 * key that never leaves the node. For content that no published hash covers (machine code, source maps).
 *
 * Guarantees: `read` returns what `write` was given for that name, or null; a file that fails the check is removed.
 * Does not guarantee: protection from whoever can read the key file (mode 0600). Hostile: the bytes on the disk.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { SovfnError } from '@sovfn/protocol';
import type { CacheDirectory } from './cache-directory.ts';

const KEY_BYTES = 32;
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

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
    const content = this.#open(name, file);
    if (content !== null) return content;
    await this.#options.directory.remove(name);
    this.#options.onTampered(name);
    return null;
  }

  async write(name: string, content: Uint8Array): Promise<void> {
    await this.#options.directory.write(name, this.#seal(name, content));
  }

  #seal(name: string, content: Uint8Array): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#options.key, nonce).setAAD(Buffer.from(name));
    return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
  }

  #open(name: string, file: Buffer): Buffer | null {
    if (file.length < NONCE_BYTES + TAG_BYTES) return null;
    try {
      const nonce = file.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv(CIPHER, this.#options.key, nonce).setAAD(Buffer.from(name));
      decipher.setAuthTag(file.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(file.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      return null;
    }
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
