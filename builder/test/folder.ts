/** A folder that a test makes of texts, and that is removed with it. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isSovfnError, type SovfnError } from '@sovfn/protocol';

export interface Folder extends AsyncDisposable {
  readonly path: string;
  write(files: Files): Promise<void>;
}

/** Contents by relative path. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

export async function makeFolder(files: Files): Promise<Folder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'sovfn-builder-')));
  const folder: Folder = {
    path,
    async write(more) {
      for (const [name, content] of Object.entries(more)) {
        await mkdir(dirname(join(path, name)), { recursive: true });
        await writeFile(join(path, name), content);
      }
    },
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
  await folder.write(files);
  return folder;
}

/** A folder of one function. */
export function makeFunctionFolder(files: Files, config: Readonly<Record<string, unknown>> = {}): Promise<Folder> {
  return makeFolder({ 'sovfn.jsonc': JSON.stringify({ name: 'hello', main: 'src/index.ts', ...config }), ...files });
}

/** The error that the promise must end in. */
export async function errorOf(promise: Promise<unknown>): Promise<SovfnError> {
  const [result] = await Promise.allSettled([promise]);
  if (result.status === 'fulfilled') throw new Error('Expected an error, got a result.');
  if (!isSovfnError(result.reason)) throw result.reason;
  return result.reason;
}
