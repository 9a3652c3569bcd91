import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** Size of a tar record, of its header, and the multiple to which contents are padded. Bytes. */
const BLOCK = 512;
const NAME = { at: 0, length: 100 } as const;
const SIZE = { at: 124, length: 12 } as const;
/** Largest archive when unpacked. Bytes. */
const UNPACKED_BYTES = 512 * 1024 * 1024;

const gunzipAsync = promisify(gunzip);

/** One file out of a tar.gz whose hash has been checked, so the archive is not hostile. */
export async function extractMember(archive: string, member: string): Promise<Buffer> {
  const tar = await gunzipAsync(await readFile(archive), { maxOutputLength: UNPACKED_BYTES });
  for (let at = 0; at + BLOCK <= tar.length;) {
    const size = Number.parseInt(field(tar, at, SIZE), 8) || 0;
    const start = at + BLOCK;
    if (field(tar, at, NAME) === member) return tar.subarray(start, start + size);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  throw new Error(`${archive} has no ${member}`);
}

function field(tar: Buffer, header: number, { at, length }: { at: number; length: number }): string {
  const bytes = tar.subarray(header + at, header + at + length);
  const end = bytes.indexOf(0);
  return bytes.toString('latin1', 0, end === -1 ? length : end).trim();
}
