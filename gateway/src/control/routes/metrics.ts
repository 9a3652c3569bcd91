import { metricsReportSchema, nameSchema } from '@sovfn/protocol';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { EXPOSITION_TYPE } from '../../metrics/exposition.ts';
import { requireFunction } from '../functions.ts';
import { noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

const OK = 200;

export const scrapeMetrics = defineRoute({
  method: 'get',
  path: '/metrics',
  operation: 'scrapeMetrics',
  summary: 'Metrics of this gateway and of the functions, for Prometheus',
  params: noParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'bytes', description: 'The Prometheus text format, 0.0.4.', mediaType: 'text/plain' }],
  errors: [],
  async handle({ tenant }, { metrics }) {
    const pieces = await metrics.expose(tenant);
    return { status: OK, headers: ['content-type', EXPOSITION_TYPE], stream: Readable.from(pieces) };
  },
});

export const showMetrics = defineRoute({
  method: 'get',
  path: '/v1/metrics',
  operation: 'showMetrics',
  summary: 'What this gateway has counted of the functions, and what waits for them',
  params: noParameters,
  query: z.strictObject({ function: nameSchema.optional().describe('Only this function') }),
  body: null,
  answers: [{ kind: 'json', description: 'Counts since the gateway was started.', schema: metricsReportSchema }],
  errors: ['function-not-found'],
  async handle({ query, tenant }, context) {
    const { function: name = null } = query;
    if (name !== null) requireFunction(context, tenant, name);
    return { json: await context.metrics.report(tenant, name) };
  },
});
