import type { Bucket } from 'sovfn';

const FILE_PATH = /^\/([0-9a-f]{32}\/(?:accepted|rejected)\.csv)$/;
const ID_BYTES = 16;

/** What the files of an import lie under: the same text has the same, so importing it twice keeps it once. */
export async function importId(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  const hex = Array.from(new Uint8Array(hash, 0, ID_BYTES), (byte) => byte.toString(16).padStart(2, '0'));
  return hex.join('');
}

/** Resolves when both are in the object store. */
export async function keepFiles(bucket: Bucket, id: string, files: readonly File[]): Promise<void> {
  await Promise.all(files.map((file) => bucket.put(`${id}/${file.name}`, file, { contentType: file.type })));
}

/** The file that a path such as `/<id>/accepted.csv` names, or null. */
export async function readKeptFile(bucket: Bucket, path: string): Promise<Response | null> {
  const key = FILE_PATH.exec(path)?.[1];
  const kept = key === undefined ? null : await bucket.get(key);
  if (kept === null) return null;
  return new Response(kept.body, { headers: { 'content-type': kept.contentType ?? 'text/csv' } });
}
