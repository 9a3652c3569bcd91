import { copyFile, type FileHandle, open, rename, stat, truncate } from 'node:fs/promises';

/** A log file above this size makes room: its content moves to `<name>.1`, over what was there. Bytes. */
const LOG_BYTES = 16 * 1024 * 1024;
const TAIL_BYTES = 32 * 1024;

/** Opens for appending, for a child process to write to. The caller closes its own handle. */
export async function openLog(path: string): Promise<FileHandle> {
  if ((await sizeOf(path)) > LOG_BYTES) await rename(path, `${path}.1`);
  return open(path, 'a', 0o600);
}

/** Makes room in a log that a process writes to. Lines written during the copy may be lost. */
export async function trimLog(path: string): Promise<void> {
  if ((await sizeOf(path)) <= LOG_BYTES) return;
  await copyFile(path, `${path}.1`);
  // The writer appends, so its next line lands at the new end.
  await truncate(path);
}

/** The last lines written after `fromByte`. */
export async function lastLines(path: string, count: number, fromByte = 0): Promise<string[]> {
  const size = await sizeOf(path);
  const start = Math.max(fromByte, size - TAIL_BYTES);
  if (size <= start) return [];
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
  return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-count);
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  return found?.size ?? 0;
}
