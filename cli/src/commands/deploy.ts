import type { DeployResponse, Release, VersionSignature } from '@sovfn/protocol';
import { isSovfnError } from '@sovfn/protocol/errors';
import { shortVersion } from '@sovfn/protocol/names';
import { resolve } from 'node:path';
import { deployAskingForEgress } from '../ask-for-egress.ts';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { formatSeconds } from '../format.ts';
import { printable } from '../printable.ts';
import { readSigningKey, SIGN_KEY_ARGUMENT } from '../signing-key.ts';
import { usageError } from '../usage-errors.ts';

export const deploy = defineCommand({
  examples: [
    'deploy',
    'deploy examples/invoice-pdf',
    'deploy --preview',
    'deploy --canary 10% --watch 5m',
    'deploy --accept-egress',
    'deploy --sign-key ada.key',
    'deploy --json',
  ],
  args: {
    preview: { type: 'boolean', summary: 'deploy.preview' },
    canary: { type: 'string', value: 'share', summary: 'deploy.canary' },
    watch: { type: 'string', value: 'duration', summary: 'split.watch' },
    by: { type: 'string', value: 'key', summary: 'split.by' },
    'accept-egress': { type: 'boolean', summary: 'deploy.accept-egress' },
    ...SIGN_KEY_ARGUMENT,
  },
  positionals: { folder: { optional: true, summary: 'deploy.folder' } },
  async handler({ folder, 'accept-egress': acceptsEgress, 'sign-key': signKey, ...written }, context) {
    const { output, say, cwd, json } = context;
    const startedAt = performance.now();
    const release = await readRelease(written, context);
    const key = await readSigningKey(signKey, context);
    const client = await context.connect();
    const { buildFunction } = await import('@sovfn/builder');
    const build = await buildFunction(resolve(cwd, folder ?? '.'));
    for (const warning of build.warnings) output.progress(output.paintProgress.yellow(printable(warning)));
    let signature: VersionSignature | null = null;
    if (key !== null) {
      const { signBuild } = await import('../sign-build.ts');
      signature = await signBuild(client, build, key, context);
    }
    const options = { release, acceptsEgress, signature };
    const deployed = await deployAskingForEgress(client, build, options, context).catch((error: unknown) => {
      if (mayBeDone(error, context)) {
        output.progress(output.paintProgress.yellow(say('deploy.uncertain', { name: build.config.name })));
      }
      throw error;
    });
    if (deployed === null) return EXIT.user;
    for (const name of deployed.missingSecrets) {
      output.progress(output.paintProgress.yellow(say('secrets.missing', { owner: build.config.name, name })));
    }
    for (const country of deployed.waitingCountries) {
      const waiting = say('countries.waiting', { name: build.config.name, country });
      output.progress(output.paintProgress.yellow(waiting));
    }
    if (json) output.json(deployed);
    else showDeployed(deployed, release, startedAt, context);
    return EXIT.ok;
  },
});

/** The request was on its way when it was given up, or when the connection was lost. */
function mayBeDone(error: unknown, { signal }: CommandContext): boolean {
  return signal.aborted || (isSovfnError(error) && (error.code === 'stream-lost' || error.facts['isSent'] === true));
}

interface WrittenRelease {
  readonly preview: boolean;
  readonly canary: string | null;
  readonly watch: string | null;
  readonly by: string | null;
}

/** Throws `usage`. */
async function readRelease({ preview, canary, watch, by }: WrittenRelease, context: CommandContext): Promise<Release> {
  const { say } = context;
  if (preview && canary !== null) throw usageError(say('deploy.two-releases'), say('deploy.two-releases.hint'));
  const stray = watch !== null ? 'watch' : by !== null ? 'by' : null;
  if (canary === null && stray !== null) {
    throw usageError(say('deploy.no-canary', { option: stray }), say('deploy.no-canary.hint'));
  }
  if (canary === null) return { kind: preview ? 'preview' : 'current' };
  const { readShare, readStickyKey, readWatch } = await import('../split-arguments.ts');
  return {
    kind: 'canary',
    percent: readShare(canary, context, { mayBeNone: false }),
    key: readStickyKey(by, context),
    watchMs: readWatch(watch, context),
  };
}

function showDeployed(deployed: DeployResponse, release: Release, startedAt: number, context: CommandContext): void {
  const { output, say, locale } = context;
  const { green, bold, dim } = output.paint;
  const time = formatSeconds(performance.now() - startedAt, locale);
  const percent = release.kind === 'canary' ? release.percent : 100;
  const told = {
    created: say('deploy.deployed', { time }),
    updated: say('deploy.deployed', { time }),
    unchanged: say('deploy.unchanged', { time }),
    preview: say('deploy.previewed', { time }),
    canary: say('deploy.canaried', { percent, time }),
  }[deployed.result];
  const { function: name, version, urls } = deployed;
  const [url = '', ...further] = urls;
  output.result(`${green('✔')} ${bold(name)} ${dim(`${shortVersion(version)}…`)} ${told}  →  ${url}`);
  for (const route of further) output.result(`  →  ${route}`);
  for (const origin of deployed.egress.added)
    output.result(`  ${say('deploy.egress-added', { origin: printable(origin) })}`);
  for (const origin of deployed.egress.removed) {
    output.result(`  ${say('deploy.egress-removed', { origin: printable(origin) })}`);
  }
  if (deployed.result === 'canary') output.result(`  ${say('split.next', { name })}`);
  if (deployed.result === 'preview') {
    output.result(`  ${say('deploy.preview-next', { name, version: shortVersion(version) })}`);
  }
}
