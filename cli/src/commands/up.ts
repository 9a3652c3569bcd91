import { resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';
import { UpProgressLines } from '../up-progress.ts';

export const up = defineCommand({
  examples: ['up', 'up --data ./platform'],
  args: {
    data: { type: 'string', value: 'folder', summary: 'up.data' },
    'accept-event-loss': { type: 'boolean', summary: 'up.accept-event-loss' },
    'allow-private': { type: 'boolean', summary: 'up.allow-private' },
  },
  positionals: {},
  async handler({ data, 'accept-event-loss': acceptsEventLoss, 'allow-private': allowPrivate }, context) {
    const { output, say, env, cwd, signal, json } = context;
    const { defaultDataFolder, upPlatform } = await import('../platform/index.ts');
    const progress = new UpProgressLines(context);
    const platform = await upPlatform({
      data: data === null ? defaultDataFolder(env) : resolve(cwd, data),
      allowPrivate,
      onProgress: (event) => progress.show(event),
      acceptsEventLoss,
      signal,
      environment: env,
    });
    const { urls, data: folder, tokenFile, ports } = platform.facts;
    if (json) output.json({ v: 1, urls, data: folder, tokenFile, ports });
    else output.result(say('up.ready', { public: urls.public, control: urls.control, data: folder }));
    output.progress(output.paintProgress.dim(say('up.keep')));
    await platform.stopped;
    return EXIT.ok;
  },
});
