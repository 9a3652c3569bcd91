/**
 * Writes the folder of an export, a piece at a time.
 *
 * Guarantees: every file is in the index with its size and SHA-256, and only the owner of the folder can read it; an export
 * that was interrupted has no last line in its index, so nothing takes it for a whole one.
 */
import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ExportedFile, exportedFileSchema, type ExportHead } from '@sovfn/protocol';

export const INDEX_FILE = 'index.jsonl';

export class ExportFolder implements AsyncDisposable {
  readonly #folder: string;
  readonly #index: FileHandle;
  readonly #hash: Hash = createHash('sha256');
  #files = 0;

  /** Makes the folder. Throws the system's error when it is there already, or cannot be made. */
  static async make(folder: string, head: ExportHead): Promise<ExportFolder> {
    await mkdir(folder, { mode: 0o700 });
    const made = new ExportFolder(folder, await open(join(folder, INDEX_FILE), 'wx', 0o600));
    await made.#writeLine(head);
    return made;
  }

  private constructor(folder: string, index: FileHandle) {
    this.#folder = folder;
    this.#index = index;
  }

  async writeText(path: string, text: string): Promise<ExportedFile> {
    return this.write(path, Readable.from([Buffer.from(text, 'utf8')]));
  }

  /** What the source gives, as it comes. */
  async write(path: string, source: AsyncIterable<Buffer>): Promise<ExportedFile> {
    const target = join(this.#folder, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const hash = createHash('sha256');
    let bytes = 0;
    const counted = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        hash.update(chunk);
        bytes += chunk.length;
        done(null, chunk);
      },
    });
    await pipeline(source, counted, createWriteStream(target, { flags: 'wx', mode: 0o600 }));
    const file = exportedFileSchema.parse({ path, bytes, sha256: hash.digest('hex') });
    await this.#writeLine(file);
    this.#files++;
    return file;
  }

  async has(path: string): Promise<boolean> {
    return access(join(this.#folder, path)).then(
      () => true,
      () => false,
    );
  }

  /** Says that it is whole. */
  async end(): Promise<void> {
    await this.#writeLine({ files: this.#files, sha256: this.#hash.copy().digest('hex') });
    await this.#index.sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#index.close();
  }

  async #writeLine(line: object): Promise<void> {
    const text = `${JSON.stringify(line)}\n`;
    this.#hash.update(text);
    await this.#index.writeFile(text);
  }
}
