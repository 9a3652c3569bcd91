import { Readable } from 'node:stream';
import { EXPOSITION_TYPE } from '../../metrics/exposition.ts';
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
    const text = Buffer.from(await metrics.expose(tenant));
    const headers = ['content-type', EXPOSITION_TYPE, 'content-length', String(text.length)];
    return { status: OK, headers, stream: Readable.from([text]) };
  },
});
