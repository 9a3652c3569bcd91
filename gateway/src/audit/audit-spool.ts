/**
 * What this gateway has yet to write into the audit log, on its own disk: one line for each note, and a further line when its
 * count has grown. It holds what the log will hold and nothing else, for this user only.
 *
 * Guarantees: what `add` was given is read back by the next process, also after SIGKILL or a loss of power.
 * Not guaranteed: that nobody changed the file who may write as this user; a line's check tells damage, not intent.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileWhole } from '@sovfn/bus';
import { auditEntrySchema, canonicalJson, jsonOrNull, PROTOCOL_VERSION } from '@sovfn/protocol';
import { z } from 'zod';

const noteSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** Its entry names it, so it is recognised. */
  id: z.string().regex(/^[\w-]{16}$/),
  /** When it was counted first. */
  at: z.iso.datetime(),
  /** Entries that the log had by then: its own comes behind them. */
  after: z.int().min(0),
  count: z.int().min(1),
  draft: auditEntrySchema.pick({ tenant: true, actor: true, action: true, function: true, details: true }),
});
export type SpooledNote = z.output<typeof noteSchema>;

/** What the process before has left. */
export interface LeftNotes {
  readonly notes: readonly SpooledNote[];
  /** Lines that are damaged; they stay until the file is replaced. The end of a process may have cut the last one short. */
  readonly unreadable: number;
}

/** Lines that newer ones have replaced are left in the file up to here. */
const MOST_FILE_BYTES = 8 * 1024 * 1024;
const CHECK_CHARACTERS = 16;
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const WRITABLE_BY_ALL = 0o002;

export class AuditSpool {
  readonly #path: string;
  #file: FileHandle | null = null;
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Throws the system's error, or one that says why the file is not used. */
  async read(): Promise<LeftNotes> {
    const file = await this.#open();
    const text = await file.readFile('utf8');
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    const notes = new Map<string, SpooledNote>();
    let unreadable = 0;
    for (const line of lines) {
      const note = readLine(line);
      if (note === null) unreadable++;
      else notes.set(note.id, note);
    }
    return { notes: [...notes.values()], unreadable };
  }

  /** Resolves when they are on disk. `all`: what the file must hold when it is made anew because it has grown. */
  async add(changed: readonly SpooledNote[], all: () => readonly SpooledNote[]): Promise<void> {
    const text = changed.map(writeLine).join('');
    if (this.#bytes + text.length > MOST_FILE_BYTES) return this.replace(all());
    const file = await this.#open();
    await file.appendFile(text);
    await file.datasync();
    this.#bytes += text.length;
  }

  /** Holds these and nothing else, whenever the process ends. */
  async replace(notes: readonly SpooledNote[]): Promise<void> {
    await writeFileWhole(this.#path, notes.map(writeLine).join(''), PRIVATE_FILE);
    await this.close();
    await this.#open();
  }

  /** Everything is in the log. */
  async clear(): Promise<void> {
    if (this.#file === null || this.#bytes === 0) return;
    await this.#file.truncate(0);
    this.#bytes = 0;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  async #open(): Promise<FileHandle> {
    if (this.#file !== null) return this.#file;
    await mkdir(dirname(this.#path), { recursive: true, mode: PRIVATE_FOLDER });
    await assertOwn(dirname(this.#path));
    const file = await open(this.#path, FLAGS, PRIVATE_FILE);
    try {
      await file.chmod(PRIVATE_FILE);
      this.#bytes = (await file.stat()).size;
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#file = file;
    return file;
  }
}

/** Bytes of a note in the file. */
export function spooledBytes(note: SpooledNote): number {
  return writeLine(note).length;
}

/** Who may write into the folder could put another file in the place of this one. */
async function assertOwn(folder: string): Promise<void> {
  const { uid, mode } = await stat(folder);
  const isOwn = uid === process.getuid?.() || uid === 0;
  if (!isOwn || (mode & WRITABLE_BY_ALL) !== 0)
    throw new Error(`${folder} belongs to another user, or everybody may write into it`);
}

/** ASCII, as everything in the log. */
function writeLine(note: SpooledNote): string {
  const text = canonicalJson(note);
  return `${checkOf(text)} ${text}\n`;
}

function readLine(line: string): SpooledNote | null {
  const text = line.slice(CHECK_CHARACTERS + 1);
  if (line !== `${checkOf(text)} ${text}`) return null;
  return noteSchema.safeParse(jsonOrNull(text)).data ?? null;
}

function checkOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, CHECK_CHARACTERS);
}
