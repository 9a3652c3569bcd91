import { EGRESS_OUTCOMES, egressListSchema, PROTOCOL_VERSION } from '@sovfn/protocol';
import { z } from 'zod';
import { readLedger } from '../egress/read-ledger.ts';
import { logInvalidLedger } from '../events.ts';
import { unknownFunction } from '../functions.ts';
import { functionParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

const querySchema = z.strictObject({
  since: z.iso.datetime().optional().describe('Nothing older than this'),
  outcome: z.enum(EGRESS_OUTCOMES).optional().describe('Only requests that ended so'),
  host: z.string().min(1).max(255).optional().describe('Only requests to a host that holds this'),
  invocation: z.string().max(64).optional().describe('Only requests of this invocation'),
  limit: z.coerce.number().int().min(1).max(1_000).default(50).describe('So many of the newest requests'),
});

export const listEgress = defineRoute({
  method: 'get',
  path: '/v1/functions/{name}/egress',
  operation: 'listEgress',
  summary: 'List what a function asked of the outside: the requests that were sent, and those that were refused',
  params: functionParameters,
  query: querySchema,
  body: null,
  answers: [{ kind: 'json', description: 'The newest requests that fit.', schema: egressListSchema }],
  errors: ['function-not-found', 'bus-unavailable'],
  async handle({ params, query, tenant, signal }, context) {
    const { connection, config, log, registry } = context;
    const { since, outcome, host, invocation, limit } = query;
    const of = { tenant, function: params.name };
    const found = await readLedger({
      ...{ connection, zones: config.zones, of, limit, signal },
      since: since === undefined ? null : new Date(since),
      fits: (entry) =>
        (outcome === undefined || entry.outcome === outcome) &&
        (invocation === undefined || entry.invocation === invocation) &&
        (host === undefined || entry.origin.includes(host.toLowerCase())),
      onInvalid: (reason) => logInvalidLedger(log, { ...of, reason }),
    });
    // What a function asked for outlives it.
    if (found.requests.length === 0 && registry.get(tenant, params.name) === null) {
      throw unknownFunction(context, tenant, params.name);
    }
    return { json: { v: PROTOCOL_VERSION, ...found } };
  },
});
