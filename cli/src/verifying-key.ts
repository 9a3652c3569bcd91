/** The public key with which something is verified. Needs the platform's data folder, or a file, never the platform. */
import { resolve } from 'node:path';
import type { CommandContext } from './context.ts';
import { TranslatedError } from './translated-error.ts';

/** `file` null: that of the current platform. Throws `no-platform`, `config-not-found`. */
export async function readVerifyingKey(file: string | null, context: CommandContext): Promise<string> {
  const { readPlatformKey } = await import('@sovfn/bus');
  return readPlatformKey(file === null ? await currentKeyFile(context) : resolve(context.cwd, file));
}

async function currentKeyFile({ env, say }: CommandContext): Promise<string> {
  const { platformKeyFile } = await import('./platform/index.ts');
  const file = await platformKeyFile(env);
  if (file !== null) return file;
  throw new TranslatedError('no-platform', say('receipts.no-key'), { hint: say('receipts.no-key.hint') });
}
