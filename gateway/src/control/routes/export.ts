/** What a tenant takes away that no other route gives: code as it was deployed, secrets, events whole. */
import {
  exportedCodeSchema,
  exportedEventSchema,
  exportedSecretsSchema,
  exportSecretsRequestSchema,
  nameSchema,
  versionIdSchema,
} from '@sovfn/protocol';
import { z } from 'zod';
import { eventAsCloudEvent } from '../export/event-as-cloud-event.ts';
import { exportSecrets } from '../export/export-secrets.ts';
import { requireFunction } from '../functions.ts';
import { functionParameters, noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';
import { eventParameters, findEvent } from './events.ts';

/** Far above what the request needs. */
const KEY_BYTES = 4_096;

export const exportCode = defineRoute({
  method: 'get',
  path: '/v1/functions/{name}/versions/{version}/code',
  operation: 'exportCode',
  summary: 'Export what was deployed as a version: the manifest, the bundle (one ES module), its source map',
  params: z.strictObject({
    name: nameSchema.describe('Name of the function'),
    version: versionIdSchema.describe('Version, whole'),
  }),
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The version, byte for byte.', schema: exportedCodeSchema }],
  errors: ['function-not-found', 'version-not-found', 'key-unavailable', 'store-unavailable'],
  async handle({ params, tenant }, context) {
    requireFunction(context, tenant, params.name);
    return { json: await context.deployer.exportCode(tenant, params.name, params.version) };
  },
});

export const exportSecretsOfFunction = defineRoute({
  method: 'post',
  path: '/v1/functions/{name}/secrets/export',
  operation: 'exportSecrets',
  summary: 'Export the secrets of a function, each encrypted for a key of yours (JWE)',
  params: functionParameters,
  query: noParameters,
  body: { schema: exportSecretsRequestSchema, maxBytes: KEY_BYTES },
  answers: [{ kind: 'json', description: 'The secrets, by name.', schema: exportedSecretsSchema }],
  errors: ['secret-unreadable', 'key-unavailable', 'body-too-large'],
  async handle({ params, body, tenant }, { secrets }) {
    return { json: await exportSecrets(secrets, { tenant, function: params.name }, body.recipient) };
  },
});

export const exportEvent = defineRoute({
  method: 'get',
  path: '/v1/events/{event}/cloud-event',
  operation: 'exportEvent',
  summary: 'Export an event as a CloudEvent, with its headers and its body',
  params: eventParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The event.', schema: exportedEventSchema }],
  errors: [
    'event-not-found',
    'event-corrupted',
    'bad-message',
    'key-unavailable',
    'bus-unavailable',
    'store-unavailable',
  ],
  async handle({ params, tenant }, context) {
    const { streams, ended } = context.eventTools;
    const sources = { streams, ended, outputs: context.config.store.outputs, bodies: context.acceptor.bodies };
    return { json: await eventAsCloudEvent(sources, await findEvent(context, tenant, params.event)) };
  },
});
