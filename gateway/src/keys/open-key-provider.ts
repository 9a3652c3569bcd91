import { readFile } from 'node:fs/promises';
import { SovfnError } from '@sovfn/protocol';
import type { KeysConfig } from '../config.ts';
import { FileKeys } from './file-keys.ts';
import { HttpKeys } from './http-keys.ts';
import type { KeyProvider } from './key-provider.ts';

/** Throws `config-not-found`. */
export async function openKeyProvider(config: KeysConfig): Promise<KeyProvider> {
  if (config.provider === 'file') return new FileKeys(config.folder);
  const { url, tokenFile } = config;
  return new HttpKeys({ url, token: await readToken(tokenFile) });
}

async function readToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new SovfnError('config-not-found', `the token of the key service cannot be read from ${path}`, {
      cause,
      hint: 'Check the path and that this user may read the file.',
    });
  }
}
