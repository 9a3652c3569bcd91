import { resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';

export const down = defineCommand({
  examples: ['down', 'down --data ./platform'],
  args: { data: { type: 'string', value: 'folder', summary: 'down.data' } },
  positionals: {},
  async handler({ data }, context) {
    const { output, say, env, json } = context;
    const { downPlatform } = await import('../platform/index.ts');
    const folder = await chooseFolder(data, context);
    const result = await downPlatform(folder, env);
    if (json) output.json({ v: 1, data: folder, result });
    else output.result(say(`down.${result}`, { data: folder }));
    return EXIT.ok;
  },
});

/** The one that is named, else that of the current platform, else the default. */
async function chooseFolder(data: string | null, { env, cwd }: CommandContext): Promise<string> {
  if (data !== null) return resolve(cwd, data);
  const { defaultDataFolder, readCurrentPlatform } = await import('../platform/index.ts');
  return (await readCurrentPlatform(env))?.data ?? defaultDataFolder(env);
}
