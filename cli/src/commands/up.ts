import { resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { readGateways, readListenNodes } from '../fleet-arguments.ts';
import { declaredPlace, listOf, PLACE_ARGUMENTS } from '../place-arguments.ts';
import { readNamedFile } from '../read-named-file.ts';
import { UpProgressLines } from '../up-progress.ts';
import { usageError } from '../usage-errors.ts';

export const up = defineCommand({
  examples: [
    'up',
    'up --data ./platform',
    'up --country FR --region fr-idf --operator Exemple --legal-seat FR',
    'up --listen-nodes 192.0.2.10:4443 --zones fr,eu',
    'up --otlp http://127.0.0.1:4318',
  ],
  args: {
    data: { type: 'string', value: 'folder', summary: 'up.data' },
    'accept-event-loss': { type: 'boolean', summary: 'up.accept-event-loss' },
    ...PLACE_ARGUMENTS,
    zones: { type: 'string', value: 'list', summary: 'up.zones' },
    'listen-nodes': { type: 'string', value: 'host:port', summary: 'up.listen-nodes' },
    gateways: { type: 'string', value: 'number', summary: 'up.gateways' },
    'allow-private': { type: 'boolean', summary: 'up.allow-private' },
    otlp: { type: 'string', value: 'url', summary: 'up.otlp' },
    oidc: { type: 'string', value: 'file', summary: 'up.oidc' },
  },
  positionals: {},
  async handler(values, context) {
    const { data, 'accept-event-loss': acceptsEventLoss, 'allow-private': allowPrivate } = values;
    const { zones, 'listen-nodes': listenNodes, gateways } = values;
    const { output, say, env, cwd, signal, json } = context;
    const { defaultDataFolder, MOST_GATEWAYS, upPlatform } = await import('../platform/index.ts');
    if (values.oidc !== null) await readNamedFile(values.oidc, context);
    const progress = new UpProgressLines(context);
    const platform = await upPlatform({
      data: data === null ? defaultDataFolder(env) : resolve(cwd, data),
      allowPrivate,
      place: declaredPlace(values),
      fleet: {
        ...(zones === null ? {} : { zones: listOf(zones) }),
        ...(listenNodes === null ? {} : { listenNodes: readListenNodes(listenNodes, say) }),
        ...(gateways === null ? {} : { gateways: readGateways(gateways, MOST_GATEWAYS, say) }),
      },
      ...(values.otlp === null ? {} : { otlp: readReceiver(values.otlp, context) }),
      ...(values.oidc === null ? {} : { oidcFile: resolve(cwd, values.oidc) }),
      onProgress: (event) => progress.show(event),
      acceptsEventLoss,
      signal,
      environment: env,
    });
    const { urls, data: folder, tokenFile, operatorTokenFile, ports, furtherGateways } = platform.facts;
    if (json) output.json({ v: 1, urls, data: folder, tokenFile, operatorTokenFile, ports, furtherGateways });
    else output.result(say('up.ready', { ...urls, data: folder }));
    if (furtherGateways.length > 0) {
      const count = furtherGateways.length + 1;
      output.progress(say('up.further-gateways', { count, addresses: furtherGateways.join(', ') }));
    }
    output.progress(output.paintProgress.dim(say('up.keep')));
    await platform.stopped;
    return EXIT.ok;
  },
});

function readReceiver(written: string, { say }: CommandContext): string {
  if (/^https?:$/.test(URL.parse(written)?.protocol ?? '')) return written;
  throw usageError(say('up.bad-otlp', { url: written }), say('up.bad-otlp.hint'));
}
