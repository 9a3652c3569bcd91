/** The zones that this gateway serves, and the note in the audit log that another one is being named. */
import {
  definitionIn,
  nameSchema,
  PROTOCOL_VERSION,
  SovfnError,
  zoneDefinitionSchema,
  zoneListSchema,
} from '@sovfn/protocol';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

const REQUEST_BYTES = 32_768;

export const listZones = defineRoute({
  method: 'get',
  path: '/v1/zones',
  operation: 'listZones',
  summary: 'List the zones that functions can require, what named ones ask for, and the nodes that serve them',
  params: noParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'Zones of this gateway.', schema: zoneListSchema }],
  errors: [],
  handle: async (_, { config, labels, nodes }) => {
    const live = nodes.all();
    const zones = config.zones.map((name) => ({
      name,
      definition: definitionIn(labels, name),
      nodes: live.flatMap((node) => (node.zones.includes(name) ? [node.name] : [])).toSorted(),
    }));
    return { json: { v: PROTOCOL_VERSION, zones } };
  },
});

/**
 * Changes nothing here: what a zone asks for is signed into labels by the platform's key, which no gateway has. Whoever has it
 * asks this first, so that the audit log says what was named, and by whom.
 */
export const nameZone = defineRoute({
  method: 'put',
  path: '/v1/zones/{zone}',
  operation: 'nameZone',
  summary: 'Write into the audit log that a zone is being named, before it is',
  params: z.strictObject({ zone: nameSchema.describe('Name of the zone') }),
  query: noParameters,
  body: { schema: zoneDefinitionSchema, maxBytes: REQUEST_BYTES },
  answers: [{ kind: 'json', description: 'What the zone asks for.', schema: zoneDefinitionSchema }],
  errors: ['body-too-large', 'bad-request', 'zone-exists'],
  async handle({ params: { zone: name }, body }, { labels }) {
    if (body.zone.name !== name) {
      throw new SovfnError('bad-request', `the definition is of "${body.zone.name}" and the address is of "${name}"`);
    }
    const known = definitionIn(labels, name);
    if (known !== null && !isDeepStrictEqual(known, body.zone)) {
      throw new SovfnError('zone-exists', `zone "${name}" asks for something else on this platform`, {
        hint: 'What a zone asks for never changes: functions, data and receipts are in it. Choose another name.',
      });
    }
    return { json: body };
  },
});
