import { open, readFile } from 'node:fs/promises';

const PIECE_BYTES = 1024 * 1024;

/**
 * Which of the texts stand somewhere in the writable memory of a process; null when this user may not look into it. Texts are
 * found where they are one byte a letter, as V8 keeps ASCII.
 */
export async function textsInMemory(pid: number, texts: readonly string[]): Promise<string[] | null> {
  const memory = await open(`/proc/${pid}/mem`).catch(() => null);
  if (memory === null) return null;
  await using _closed = { [Symbol.asyncDispose]: () => memory.close() };
  const wanted = texts.map((text) => Buffer.from(text));
  const longest = Math.max(...wanted.map((text) => text.length));
  const found = new Set<string>();
  const piece = Buffer.alloc(PIECE_BYTES + longest);
  for (const { from, to } of await writableRegions(pid)) {
    for (let at = from; at < to; at += PIECE_BYTES) {
      const length = Math.min(piece.length, to - at);
      // What was let go of since the list was read, or is reserved only, cannot be read.
      const { bytesRead } = await memory.read(piece, 0, length, at).catch(() => ({ bytesRead: 0 }));
      const read = piece.subarray(0, bytesRead);
      for (const [index, text] of wanted.entries()) if (read.includes(text)) found.add(texts[index]!);
    }
  }
  return texts.filter((text) => found.has(text));
}

async function writableRegions(pid: number): Promise<{ readonly from: number; readonly to: number }[]> {
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8');
  return maps.split('\n').flatMap((line) => {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
    return from === undefined ? [] : [{ from: Number.parseInt(from, 16), to: Number.parseInt(to!, 16) }];
  });
}
