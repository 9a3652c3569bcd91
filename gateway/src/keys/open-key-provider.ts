import { readFile } from 'node:fs/promises';
import { SovfnError } from '@sovfn/protocol';
import type { KeysConfig } from '../config.ts';
import { FileKeys } from './file-keys.ts';
import { HttpKeys } from './http-keys.ts';
import type { KeyProvider } from './key-provider.ts';
import { VaultKeys } from './vault-keys.ts';

/** Throws `config-not-found`. */
export async function openKeyProvider(config: KeysConfig): Promise<KeyProvider> {
  switch (config.provider) {
    case 'file':
      return new FileKeys(config.folder);
    case 'http':
      return new HttpKeys({ url: config.url, token: await readToken(config.tokenFile) });
    case 'vault': {
      const { tokenFile } = config;
      await readToken(tokenFile);
      return new VaultKeys({ ...config, readToken: () => readToken(tokenFile) });
    }
  }
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
