import { readFile } from 'node:fs/promises';
import { SovfnError } from '@sovfn/protocol';
import type { KeysConfig } from '../config.ts';
import { FileKeys } from './file-keys.ts';
import { HttpKeys } from './http-keys.ts';
import type { KeyProvider } from './key-provider.ts';
import { Pkcs11Keys } from './pkcs11-keys.ts';
import { VaultKeys } from './vault-keys.ts';

/** `parts` ends what it starts. Throws `config-not-found`. */
export async function openKeyProvider(config: KeysConfig, parts: AsyncDisposableStack): Promise<KeyProvider> {
  switch (config.provider) {
    case 'file':
      return new FileKeys(config.folder);
    case 'http':
      return new HttpKeys({ url: config.url, token: await readSecretFile(config.tokenFile) });
    case 'pkcs11': {
      const { pinFile } = config;
      await readSecretFile(pinFile);
      return parts.use(new Pkcs11Keys({ ...config, readPin: () => readSecretFile(pinFile) }));
    }
    case 'vault': {
      const { tokenFile } = config;
      await readSecretFile(tokenFile);
      return new VaultKeys({ ...config, readToken: () => readSecretFile(tokenFile) });
    }
  }
}

async function readSecretFile(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new SovfnError('config-not-found', `the token or PIN for the tenants' keys cannot be read from ${path}`, {
      cause,
      hint: 'Check the path and that this user may read the file.',
    });
  }
}
