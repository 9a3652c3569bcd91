import { PROTOCOL_VERSION, shortVersion } from '@sovfn/protocol';
import { resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';
import { formatSeconds } from '../format.ts';
import { printable } from '../printable.ts';

export const deploy = defineCommand({
  examples: ['deploy', 'deploy examples/invoice-pdf', 'deploy --json'],
  args: {},
  positionals: { folder: { optional: true, summary: 'deploy.folder' } },
  async handler({ folder }, context) {
    const { output, say, cwd, json, locale } = context;
    const startedAt = performance.now();
    const client = await context.connect();
    const { buildFunction } = await import('@sovfn/builder');
    const { config, manifest, version, bundle, sourceMap, warnings } = await buildFunction(resolve(cwd, folder ?? '.'));
    for (const warning of warnings) output.progress(output.paintProgress.yellow(printable(warning)));
    const deployed = await client.deploy(config.name, { v: PROTOCOL_VERSION, version, manifest, bundle, sourceMap });
    for (const name of deployed.missingSecrets) {
      output.progress(output.paintProgress.yellow(say('secrets.missing', { owner: config.name, name })));
    }
    if (json) {
      output.json(deployed);
      return EXIT.ok;
    }
    const { green, bold, dim } = output.paint;
    const time = formatSeconds(performance.now() - startedAt, locale);
    const what = deployed.result === 'unchanged' ? say('deploy.unchanged', { time }) : say('deploy.deployed', { time });
    const [url = '', ...further] = deployed.urls;
    output.result(`${green('✔')} ${bold(deployed.function)} ${dim(`${shortVersion(version)}…`)} ${what}  →  ${url}`);
    for (const route of further) output.result(`  →  ${route}`);
    return EXIT.ok;
  },
});
