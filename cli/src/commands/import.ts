import { defineCommand, EXIT } from '../command.ts';
import { SIGN_KEY_ARGUMENT } from '../signing-key.ts';
import { usageError } from '../usage-errors.ts';

export const importCommand = defineCommand({
  examples: [
    'import taken --key export-key.pem',
    'import taken --function invoice --key export-key.pem --accept-egress',
    'import --wrangler',
    'import --wrangler ../worker/wrangler.toml --env production',
    'import --wrangler --dry-run',
  ],
  args: {
    key: { type: 'string', value: 'file', summary: 'import.key' },
    function: { type: 'string', value: 'name', summary: 'import.only' },
    'accept-egress': { type: 'boolean', summary: 'deploy.accept-egress' },
    ...SIGN_KEY_ARGUMENT,
    wrangler: { type: 'boolean', summary: 'import.wrangler' },
    env: { type: 'string', value: 'name', summary: 'import.env' },
    'dry-run': { type: 'boolean', summary: 'import.dry-run' },
    force: { type: 'boolean', summary: 'import.force' },
  },
  positionals: { file: { optional: true, summary: 'import.file' } },
  async handler({ file, wrangler, env, 'dry-run': isDry, force, ...written }, context) {
    const { say } = context;
    if (wrangler) {
      const { importWrangler } = await import('../import/write-config.ts');
      await importWrangler({ file: file ?? '.', environment: env, isDry, force }, context);
      return EXIT.ok;
    }
    if (file === null) throw usageError(say('import.from'), say('import.from.hint'));
    const { importExport } = await import('../export/import-export.ts');
    const { key, function: name, 'accept-egress': acceptsEgress, 'sign-key': signKey } = written;
    return importExport({ folder: file, name, key, signKey, acceptsEgress, isDry }, context);
  },
});
