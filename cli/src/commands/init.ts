import { isName } from '@sovfn/protocol';
import { readdir } from 'node:fs/promises';
import { basename, relative, resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import type { NewFunction } from '../init/make-function.ts';
import { type TemplateName, TEMPLATE_NAMES, TEMPLATES } from '../init/templates.ts';
import { Questions } from '../questions.ts';
import { besideMark } from '../table.ts';
import { nearest, usageError } from '../usage-errors.ts';

const DEFAULT_TEMPLATE: TemplateName = 'http';
const DEFAULT_FOLDER = 'hello';

interface Written {
  readonly folder: string | null;
  readonly template: string | null;
}

export const init = defineCommand({
  examples: ['init', 'init hello --template http', 'init . --template webhook --name payments --yes'],
  args: {
    template: { type: 'string', short: 't', value: 'template', choices: TEMPLATE_NAMES, summary: 'init.template' },
    name: { type: 'string', value: 'name', summary: 'init.name' },
    yes: { type: 'boolean', short: 'y', summary: 'init.yes' },
  },
  positionals: { folder: { optional: true, summary: 'init.folder' } },
  async handler({ folder, template, name, yes }, context) {
    const { cwd, output, json, say } = context;
    const answers = yes || !context.isInteractive ? { folder, template } : await ask({ folder, template }, context);
    const root = resolve(cwd, answers.folder ?? '.');
    const made: NewFunction = {
      root,
      name: readName(name ?? nameOf(root), context),
      template: readTemplateName(answers.template ?? DEFAULT_TEMPLATE, context),
    };
    const { findExisting, makeFunction } = await import('../init/make-function.ts');
    await refuseExisting(await findExisting(made), root, context);
    const { files, copied, missing } = await makeFunction(made);
    if (json) output.json({ v: 1, folder: root, name: made.name, template: made.template, files, copied, missing });
    else {
      const shown = relative(cwd, root) || '.';
      const fit = (text: string): string => besideMark(text, output.progressWidth);
      output.result(`${output.paint.green('✔')} ${say('init.done', { name: made.name, template: made.template })}`);
      const under = shown === '.' ? '' : `${shown}/`;
      for (const file of files) output.result(`  ${output.paint.dim(under)}${file}`);
      if (copied.length > 0)
        output.progress(output.paintProgress.dim(fit(say('init.offline', { list: copied.join(', ') }))));
      if (missing.length > 0) output.progress(fit(say('init.missing', { list: missing.join(', ') })));
      const enter = shown === '.' ? '' : `cd ${quoted(shown)} && `;
      output.result(`\n${say('init.next')}\n  ${enter}sovfn dev\n  sovfn deploy`);
    }
    return EXIT.ok;
  },
});

/** What was not given. */
async function ask({ folder, template }: Written, context: CommandContext): Promise<Written> {
  const { say, cwd, output } = context;
  using questions = new Questions(context);
  const usual = (await readdir(cwd)).length === 0 ? '.' : DEFAULT_FOLDER;
  const where = folder ?? (await questions.ask(say('init.ask.folder', { usual }), usual));
  if (template !== null) return { folder: where, template };
  const { cyan } = output.paintProgress;
  const width = Math.max(...TEMPLATE_NAMES.map(({ length }) => length));
  const rows = TEMPLATE_NAMES.map((name, index) => {
    return `  ${index + 1}  ${cyan(name.padEnd(width))}  ${say(TEMPLATES[name].summary)}`;
  });
  const question = [say('init.ask.template', { usual: DEFAULT_TEMPLATE }), ...rows].join('\n');
  const answer = await questions.ask(question, DEFAULT_TEMPLATE);
  return { folder: where, template: TEMPLATE_NAMES[Number(answer) - 1] ?? answer };
}

function readTemplateName(written: string, { say }: CommandContext): TemplateName {
  const known = TEMPLATE_NAMES.find((name) => name === written);
  if (known !== undefined) return known;
  const near = nearest(written, TEMPLATE_NAMES);
  const hint =
    near === null
      ? say('init.templates', { list: TEMPLATE_NAMES.join(', ') })
      : say('usage.did-you-mean', { name: near });
  throw usageError(say('init.unknown-template', { template: written }), hint);
}

/** A folder's name as a function's. */
function nameOf(root: string): string {
  return basename(root)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}

function readName(name: string, { say }: CommandContext): string {
  if (isName(name)) return name;
  throw usageError(say('init.bad-name', { name }), say('init.bad-name.hint'));
}

async function refuseExisting(existing: readonly string[], root: string, { say }: CommandContext): Promise<void> {
  if (existing.length === 0) return;
  const list = existing.join(', ');
  throw usageError(say('init.exists', { list, folder: root }), say('init.exists.hint'));
}

function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
