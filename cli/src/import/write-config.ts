/** Writes the configuration that was made of a Workers project, and says what of it does not map. */
import { stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { CommandContext } from '../context.ts';
import { printable } from '../printable.ts';
import { besideMark } from '../table.ts';
import { usageError } from '../usage-errors.ts';
import { writeNamedFile } from '../write-named-file.ts';
import { type Import, mapWrangler } from './map-wrangler.ts';
import { readSecretNames, readWranglerFile } from './wrangler-file.ts';

const CONFIG_FILE = 'sovfn.jsonc';

export interface WranglerImport {
  /** The file, or its folder. */
  readonly file: string;
  readonly environment: string | null;
  /** Nothing is written. */
  readonly isDry: boolean;
  readonly force: boolean;
}

export async function importWrangler(
  { file, environment, isDry, force }: WranglerImport,
  context: CommandContext,
): Promise<void> {
  const { output, say, cwd, json } = context;
  const { path, content } = await readWranglerFile(resolve(cwd, file));
  const folder = dirname(path);
  const imported = mapWrangler(content, { secrets: await readSecretNames(folder), environment, say });
  const target = join(folder, CONFIG_FILE);
  const text = `${JSON.stringify(imported.config, null, 2)}\n`;
  if (!isDry) await write(target, text, force, context);
  if (json) output.json({ file: isDry ? null : target, ...imported });
  else show(imported, isDry ? text : say('import.written', { file: relative(cwd, target) || target }), isDry, context);
}

async function write(target: string, text: string, force: boolean, context: CommandContext): Promise<void> {
  const { say } = context;
  const exists = await stat(target).then(
    () => true,
    () => false,
  );
  if (exists && !force) throw usageError(say('import.exists', { file: target }), say('import.exists.hint'));
  await writeNamedFile(target, text, context);
}

function show({ notes }: Import, result: string, isDry: boolean, { output, say }: CommandContext): void {
  const { yellow, red, bold } = output.paintProgress;
  output.result(result.trimEnd());
  for (const { key, kind, reason } of notes) {
    const mark = kind === 'left' ? red('✖') : yellow('≠');
    const shown = printable(key);
    const told = besideMark(`${shown}: ${printable(reason)}`, output.progressWidth);
    output.progress(`${mark} ${told.replace(shown, () => bold(shown))}`);
  }
  if (!isDry) output.progress(say('import.next'));
}
