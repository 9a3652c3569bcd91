import { resolve } from 'node:path';
import { type FunctionConfig, type SecretUse, secretUses } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { writeNamedFile } from '../write-named-file.ts';

/** The file that the command writes, beside sovfn.jsonc. */
export const TYPES_FILE = 'sovfn-env.d.ts';

const BINDING_TYPES = { kv: 'KvNamespace', bucket: 'Bucket', queue: 'Queue', service: 'ServiceBinding' } as const;

export const types = defineCommand({
  examples: ['types', 'types examples/invoice-pdf'],
  args: {},
  positionals: { folder: { optional: true, summary: 'deploy.folder' } },
  async handler({ folder }, context) {
    const { output, say, cwd, json } = context;
    const root = resolve(cwd, folder ?? '.');
    const { readConfig } = await import('@sovfn/builder');
    const { config } = await readConfig(root);
    const file = resolve(root, TYPES_FILE);
    await writeNamedFile(file, environmentTypes(config), context);
    if (json) output.json({ file });
    else output.result(say('types.written', { file }));
    return EXIT.ok;
  },
});

/** The text of a module that exports `Env`, the type of a handler's second argument. */
export function environmentTypes(config: FunctionConfig): string {
  const { vars, bindings } = config;
  const placeholders = new Map(secretUses(config).flatMap((use) => (use.isExposed ? [] : [[use.name, use]])));
  const names = new Map<string, string>();
  for (const name of Object.keys(vars)) names.set(name, 'string');
  for (const { name } of secretUses(config)) names.set(name, 'string');
  for (const [name, { type }] of Object.entries(bindings)) names.set(name, BINDING_TYPES[type]);
  const used = [...new Set(Object.values(bindings).map(({ type }) => BINDING_TYPES[type]))].toSorted();
  const imports = used.length === 0 ? '' : `import type { ${used.join(', ')} } from 'sovfn';\n\n`;
  const members = [...names]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, type]) => `${commentOf(placeholders.get(name))}  readonly ${name}: ${type};\n`);
  const body = members.length === 0 ? '{}' : `{\n${members.join('')}}`;
  return `// Written by \`sovfn types\` from sovfn.jsonc; do not edit.\n${imports}export interface Env ${body}\n`;
}

/** Undefined: it is no placeholder. */
function commentOf(use: SecretUse | undefined): string {
  if (use === undefined) return '';
  const { isForSigning, origins } = use;
  const signs = 'crypto.subtle.importKey makes a key for HMAC of its bytes';
  const sends = `fetch sends the value in its place to ${origins.join(', ')}`;
  const uses = [...(isForSigning ? [signs] : []), ...(isForSigning && origins.length === 0 ? [] : [sends])];
  return `  /** A placeholder: ${uses.join('; ')}. */\n`;
}
