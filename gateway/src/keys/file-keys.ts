/**
 * Tenants' keys in a folder: `<tenant>.key`, 32 random bytes as base64url. Further lines hold older keys, which unwrap and
 * wrap nothing any more. The file is read for each operation, so removing it is revoking the key.
 *
 * Guarantees: a key that was lost is not replaced in silence; two gateways with one folder make one key.
 * Not guaranteed: anything against who can read the folder. It belongs to the gateways alone, and into the backup. That a disk
 * forgets a key which was destroyed: it is overwritten and removed, which not every disk does in place.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KEY_BYTES, type KeyEnd, SovfnError } from '@sovfn/protocol';
import type { KeyProvider, WrappedBytes } from './key-provider.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_DIGITS = 16;

export class FileKeys implements KeyProvider {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async prepare(tenant: string): Promise<void> {
    const file = this.#file(tenant);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeOnce(file, `${randomBytes(KEY_BYTES).toString('base64url')}\n`);
    } catch (cause) {
      throw new SovfnError('key-unavailable', `the key of the tenant "${tenant}" cannot be made at ${file}`, { cause });
    }
  }

  async wrap(tenant: string, key: Buffer, context: string): Promise<WrappedBytes> {
    const [current] = await this.#keys(tenant);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, current!, nonce).setAAD(Buffer.from(context));
    const bytes = Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
    return { keyId: keyIdOf(current!), bytes };
  }

  async unwrap(tenant: string, { keyId, bytes }: WrappedBytes, context: string): Promise<Buffer> {
    const keys = await this.#keys(tenant);
    const key = keys.find((candidate) => keyIdOf(candidate) === keyId);
    if (key === undefined) {
      throw unavailable(tenant, `${this.#file(tenant)} does not hold the key ${keyId}`);
    }
    try {
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(context));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      throw unavailable(tenant, 'a data key is not what was wrapped');
    }
  }

  async destroy(tenant: string): Promise<KeyEnd> {
    const path = this.#file(tenant);
    try {
      const file = await open(path, 'r+');
      await using _closed = { [Symbol.asyncDispose]: () => file.close() };
      const { size } = await file.stat();
      await file.write(randomBytes(size), 0, size, 0);
      await file.sync();
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return 'not-there';
      throw new SovfnError('key-unavailable', `the key of the tenant "${tenant}" at ${path} cannot be destroyed`, {
        cause,
      });
    }
    await rm(path);
    return 'destroyed';
  }

  #file(tenant: string): string {
    return join(this.#folder, `${tenant}.key`);
  }

  /** The current one first. */
  async #keys(tenant: string): Promise<Buffer[]> {
    const file = this.#file(tenant);
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw unavailable(tenant, `${file} cannot be read`, cause);
    });
    const keys = text.split('\n').filter((line) => line.trim() !== '');
    const bytes = keys.map((line) => Buffer.from(line.trim(), 'base64url'));
    if (bytes.length > 0 && bytes.every((key) => key.length === KEY_BYTES)) return bytes;
    throw unavailable(tenant, `${file} must hold keys of ${KEY_BYTES} bytes as base64url, one on each line`);
  }
}

export function unavailable(tenant: string, reason: string, cause?: unknown): SovfnError {
  return new SovfnError('key-unavailable', `the key of the tenant "${tenant}" cannot be used: ${reason}`, {
    cause,
    hint: 'Give the gateways the key back: from its holder, or from a backup of the keys folder.',
  });
}

function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('sovfn-tenant-key-id').update(key).digest('hex').slice(0, KEY_ID_DIGITS);
}

/** Whole or not at all; a file that is there already stays. */
async function writeOnce(file: string, content: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(draft, content, { mode: 0o600, flush: true });
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
}
