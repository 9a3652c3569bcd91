import { generateKeyPairSync } from 'node:crypto';
import { keyIdOf, PROTOCOL_VERSION, publicKeyText } from '@sovfn/protocol';
import { resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';
import { openNewSecret } from '../write-named-file.ts';

export const keysCreate = defineCommand({
  examples: ['keys create ada.key', 'keys create ~/.config/sovfn/sign.key --json'],
  args: {},
  positionals: { file: { summary: 'argument.new-key-file' } },
  async handler({ file: named }, { output, say, cwd, json }) {
    const { privateKey } = generateKeyPairSync('ed25519');
    await using file = await openNewSecret(resolve(cwd, named), say);
    await file.write(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    const publicKey = publicKeyText(privateKey);
    const facts = { file: file.path, publicKey, keyId: keyIdOf(publicKey) };
    if (json) output.json({ v: PROTOCOL_VERSION, ...facts });
    else {
      output.progress(say('keys.created', { file: file.path }));
      output.result(publicKey);
    }
    return EXIT.ok;
  },
});
