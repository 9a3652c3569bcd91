/**
 * The second place of the audit log's checkpoints: a file of this gateway, one line for each, synced to disk. It is worth most
 * on another disk than NATS's, or when it is copied away.
 */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CheckpointCopy } from '@sovfn/bus';
import { type AuditCopy, auditCopySchema, canonicalJson, SovfnError, jsonOrNull } from '@sovfn/protocol';

/** More than a line has. Bytes. */
const TAIL_BYTES = 16_384;
const PRIVATE_MODE = 0o600;

export class CheckpointFile implements CheckpointCopy {
  readonly #path: string;
  #file: FileHandle | null = null;
  #last: AuditCopy | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  async last(): Promise<AuditCopy | null> {
    await this.#open();
    return this.#last;
  }

  async write(copy: AuditCopy): Promise<void> {
    const file = await this.#open();
    if (copy.checkpoint.size <= (this.#last?.checkpoint.size ?? 0)) return;
    await file.appendFile(`${canonicalJson(copy)}\n`);
    await file.datasync();
    this.#last = copy;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  async #open(): Promise<FileHandle> {
    if (this.#file !== null) return this.#file;
    await mkdir(dirname(this.#path), { recursive: true });
    const file = await open(this.#path, 'a+', PRIVATE_MODE);
    try {
      this.#last = await readLast(file, this.#path);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#file = file;
    return file;
  }
}

/** A line that a crash cut short is removed: its entry is in the log, from where it comes again. */
async function readLast(file: FileHandle, path: string): Promise<AuditCopy | null> {
  const { size } = await file.stat();
  const from = Math.max(0, size - TAIL_BYTES);
  const tail = Buffer.alloc(size - from);
  await file.read(tail, 0, tail.length, from);
  const end = tail.lastIndexOf('\n') + 1;
  if (from + end < size) await file.truncate(from + end);
  const line = tail.toString('utf8', 0, end).trimEnd().split('\n').at(-1)!;
  if (line === '') return null;
  const parsed = auditCopySchema.safeParse(jsonOrNull(line));
  if (parsed.success) return parsed.data;
  throw new SovfnError('audit-unavailable', `the last line of ${path} is no checkpoint of the audit log`, {
    hint: 'Find out who changed the file. docs/audit.md says how to go on.',
  });
}
