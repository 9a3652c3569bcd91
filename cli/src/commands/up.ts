import { resolve } from 'node:path';
import type { DeclaredPlace } from '../platform/index.ts';
import { defineCommand, EXIT } from '../command.ts';
import { UpProgressLines } from '../up-progress.ts';

export const up = defineCommand({
  examples: ['up', 'up --data ./platform', 'up --country FR --region fr-idf --operator Exemple --legal-seat FR'],
  args: {
    data: { type: 'string', value: 'folder', summary: 'up.data' },
    'accept-event-loss': { type: 'boolean', summary: 'up.accept-event-loss' },
    country: { type: 'string', value: 'FR', summary: 'up.country' },
    region: { type: 'string', value: 'fr-idf', summary: 'up.region' },
    city: { type: 'string', value: 'city', summary: 'up.city' },
    operator: { type: 'string', value: 'name', summary: 'up.operator' },
    provider: { type: 'string', value: 'name', summary: 'up.provider' },
    'legal-seat': { type: 'string', value: 'FR', summary: 'up.legal-seat' },
    certs: { type: 'string', value: 'list', summary: 'up.certs' },
    'allow-private': { type: 'boolean', summary: 'up.allow-private' },
  },
  positionals: {},
  async handler(values, context) {
    const { data, 'accept-event-loss': acceptsEventLoss, 'allow-private': allowPrivate } = values;
    const { output, say, env, cwd, signal, json } = context;
    const { defaultDataFolder, upPlatform } = await import('../platform/index.ts');
    const progress = new UpProgressLines(context);
    const platform = await upPlatform({
      data: data === null ? defaultDataFolder(env) : resolve(cwd, data),
      allowPrivate,
      place: declaredPlace(values),
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

/** What is not given stays as it was declared before. */
function declaredPlace(values: Readonly<Record<PlaceFlag, string | null>>): DeclaredPlace {
  const { country, region, city, operator, provider, 'legal-seat': legalSeat, certs } = values;
  return {
    ...(country === null ? {} : { country }),
    ...(region === null ? {} : { region }),
    ...(city === null ? {} : { city }),
    ...(operator === null ? {} : { operator }),
    ...(provider === null ? {} : { provider }),
    ...(legalSeat === null ? {} : { legalSeat }),
    ...(certs === null ? {} : { certs: certs.split(',').map((cert) => cert.trim()) }),
  };
}

type PlaceFlag = 'country' | 'region' | 'city' | 'operator' | 'provider' | 'legal-seat' | 'certs';
