/**
 * Reads the folder of an export.
 *
 * Guarantees: nothing of it is used before the index was read to its end and every file in it has its size and SHA-256; no file
 * outside of the folder is opened, by a path or by a link.
 * Not guaranteed: who made the export. Hostile: every byte of it.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readFile, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type ExportedFile,
  exportedFileSchema,
  exportEndSchema,
  type ExportHead,
  exportHeadSchema,
  jsonOrNull,
  type SovfnError,
} from '@sovfn/protocol';
import type { z } from 'zod';
import type { Say } from '../language.ts';
import { INDEX_FILE } from './export-folder.ts';
import { TranslatedError } from '../translated-error.ts';

export interface CheckedExport {
  readonly head: ExportHead;
  readonly files: number;
  /** Text of a file that is in the index; null: it is not. */
  read(path: string): Promise<string | null>;
}

/** Largest file that is read whole: code, settings, secrets. Bytes. */
const READ_BYTES = 64 * 1024 * 1024;

/** Throws `export-invalid`, naming the first file that is not as it was written. */
export async function openExport(folder: string, say: Say): Promise<CheckedExport> {
  const { head, end } = await readIndex(folder, say, (file) => checkFile(folder, file, say));
  return {
    head,
    files: end.files,
    read: async (path) => {
      let known: ExportedFile | null = null;
      // The index may be long: it is not held in memory.
      await readIndex(folder, say, (file) => {
        if (file.path === path) known = file;
      });
      return known === null ? null : readChecked(folder, known, say);
    },
  };
}

async function readIndex(folder: string, say: Say, take: (file: ExportedFile) => Promise<void> | void) {
  const input = createReadStream(join(folder, INDEX_FILE));
  const hash = createHash('sha256');
  let head: ExportHead | null = null;
  let files = 0;
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      const value = jsonOrNull(line);
      const end = exportEndSchema.safeParse(value).data;
      if (end !== undefined) {
        if (head === null || end.files !== files || end.sha256 !== hash.digest('hex')) break;
        return { head, end };
      }
      hash.update(`${line}\n`);
      if (head === null) head = parse(exportHeadSchema, value, INDEX_FILE, say);
      else {
        await take(parse(exportedFileSchema, value, INDEX_FILE, say));
        files++;
      }
    }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? invalid(INDEX_FILE, say('import.absent'), say) : error;
  } finally {
    input.destroy();
  }
  throw invalid(INDEX_FILE, say('import.not-whole'), say);
}

async function checkFile(folder: string, file: ExportedFile, say: Say): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(await placeOf(folder, file, say)) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  assertSame(file, { bytes, sha256: hash.digest('hex') }, say);
}

async function readChecked(folder: string, file: ExportedFile, say: Say): Promise<string> {
  const place = await placeOf(folder, file, say);
  if (file.bytes > READ_BYTES) throw invalid(file.path, say('import.too-large', { limit: READ_BYTES }), say);
  const content = await readFile(place);
  assertSame(file, { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }, say);
  return content.toString('utf8');
}

/** A plain file, below the folder also when links are followed. */
async function placeOf(folder: string, { path }: ExportedFile, say: Say): Promise<string> {
  const place = join(folder, path);
  const found = await lstat(place).catch(() => null);
  if (found === null) throw invalid(path, say('import.absent'), say);
  const isInside = relative(await realpath(folder), await realpath(place)) === path;
  if (!found.isFile() || !isInside) throw invalid(path, say('import.outside'), say);
  return place;
}

function assertSame(file: ExportedFile, found: Pick<ExportedFile, 'bytes' | 'sha256'>, say: Say): void {
  if (found.bytes === file.bytes && found.sha256 === file.sha256) return;
  throw invalid(file.path, say('import.altered', { expected: file.sha256, found: found.sha256 }), say);
}

/** What a file says. Throws `export-invalid`. */
export function parseExported<T>(schema: z.ZodType<T>, path: string, text: string, say: Say): T {
  return parse(schema, jsonOrNull(text), path, say);
}

function parse<T>(schema: z.ZodType<T>, value: unknown, path: string, say: Say): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(path, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`, say);
}

export function invalid(path: string, reason: string, say: Say, cause: unknown = null): SovfnError {
  const hint = say('import.invalid.hint');
  return new TranslatedError('export-invalid', say('import.invalid', { path, reason }), { hint, cause });
}
