import { stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import type { Import } from '../import/map-wrangler.ts';
import { printable } from '../printable.ts';
import { usageError } from '../usage-errors.ts';
import { writeNamedFile } from '../write-named-file.ts';

const CONFIG_FILE = 'sovfn.jsonc';

export const importWrangler = defineCommand({
  examples: [
    'import --wrangler',
    'import --wrangler ../worker/wrangler.toml --env production',
    'import --wrangler --dry-run',
  ],
  args: {
    wrangler: { type: 'boolean', summary: 'import.wrangler' },
    env: { type: 'string', value: 'name', summary: 'import.env' },
    'dry-run': { type: 'boolean', summary: 'import.dry-run' },
    force: { type: 'boolean', summary: 'import.force' },
  },
  positionals: { file: { optional: true, summary: 'import.file' } },
  async handler({ file, wrangler, env, 'dry-run': isDry, force }, context) {
    const { output, say, cwd, json } = context;
    if (!wrangler) throw usageError(say('import.from'), say('import.from.hint'));
    const { readSecretNames, readWranglerFile } = await import('../import/wrangler-file.ts');
    const { mapWrangler } = await import('../import/map-wrangler.ts');
    const { path, content } = await readWranglerFile(resolve(cwd, file ?? '.'));
    const folder = dirname(path);
    const imported = mapWrangler(content, { secrets: await readSecretNames(folder), environment: env });
    const target = join(folder, CONFIG_FILE);
    const text = `${JSON.stringify(imported.config, null, 2)}\n`;
    if (!isDry) await write(target, text, force, context);
    if (json) output.json({ file: isDry ? null : target, ...imported });
    else show(imported, isDry ? text : say('import.written', { file: relative(cwd, target) || target }), context);
    return EXIT.ok;
  },
});

async function write(target: string, text: string, force: boolean, context: CommandContext): Promise<void> {
  const { say } = context;
  const exists = await stat(target).then(
    () => true,
    () => false,
  );
  if (exists && !force) throw usageError(say('import.exists', { file: target }), say('import.exists.hint'));
  await writeNamedFile(target, text, context);
}

function show({ notes }: Import, result: string, { output, say }: CommandContext): void {
  const { yellow, red, bold } = output.paintProgress;
  output.result(result.trimEnd());
  for (const { key, kind, reason } of notes) {
    const mark = kind === 'left' ? red('✖') : yellow('≠');
    output.progress(`${mark} ${bold(printable(key))}: ${printable(reason)}`);
  }
  output.progress(say('import.next'));
}
