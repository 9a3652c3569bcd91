import type { Build } from '@sovfn/builder';
import { type FunctionDetail, shortVersion } from '@sovfn/protocol';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { formatBytes } from '../format.ts';
import { printable } from '../printable.ts';
import { formatFacts } from '../table.ts';

export const build = defineCommand({
  examples: ['build', 'build --verify', 'build examples/invoice-pdf --json'],
  args: { verify: { type: 'boolean', summary: 'build.verify' } },
  positionals: { folder: { optional: true, summary: 'deploy.folder' } },
  async handler({ folder, verify }, context) {
    const { output, cwd, json, connect } = context;
    const { buildFunction } = await import('@sovfn/builder');
    const built = await buildFunction(resolve(cwd, folder ?? '.'));
    for (const warning of built.warnings) output.progress(output.paintProgress.yellow(printable(warning)));
    const deployed = verify ? await (await connect()).showFunction(built.config.name) : null;
    const isSame = deployed === null ? null : deployed.version === built.version;
    const { version, manifest, inputs } = built;
    const facts = { function: built.config.name, version, bundleSha256: manifest.bundleSha256, inputs };
    if (json) {
      output.json({ ...facts, bundleBytes: manifest.bundleBytes, deployed: deployed?.version ?? null, isSame });
    } else show(built, deployed, context);
    return isSame === false ? EXIT.user : EXIT.ok;
  },
});

function show({ config, version, manifest, inputs }: Build, deployed: FunctionDetail | null, context: CommandContext) {
  const { output, say, locale } = context;
  const { green, red, bold } = output.paint;
  output.result(
    formatFacts(
      [
        [say('column.function'), config.name],
        [say('column.version'), version],
        [say('build.bundle'), `${manifest.bundleSha256} (${formatBytes(manifest.bundleBytes, locale)})`],
        [say('build.inputs'), String(inputs.length)],
      ],
      output.width,
    ),
  );
  if (deployed === null) return;
  if (deployed.version === version) return output.result(`${green('✔')} ${say('build.same')}`);
  const what = differences(config, deployed).join(', ');
  const which = bold(shortVersion(deployed.version));
  output.result(
    `${red('✖')} ${say('build.differs', { version: which, what: what === '' ? say('build.code') : what })}`,
  );
}

/** Keys of the configuration that are not the same; none: the code is another one. */
function differences(config: Build['config'], deployed: FunctionDetail): string[] {
  const { $schema: _, ...own } = config;
  const keys = new Set([...Object.keys(own), ...Object.keys(deployed.config)]);
  const valueOf = (from: object, key: string): unknown => (from as Record<string, unknown>)[key];
  return [...keys].filter((key) => !isDeepStrictEqual(valueOf(own, key), valueOf(deployed.config, key)));
}
