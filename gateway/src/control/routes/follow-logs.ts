import { z } from 'zod';
import { logInvalidLine } from '../events.ts';
import { requireFunction } from '../functions.ts';
import { LogFollower } from '../logs/log-follower.ts';
import { functionParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';

const OK = 200;

export const followLogs = defineRoute({
  method: 'get',
  path: '/v1/functions/{name}/logs',
  operation: 'followLogs',
  summary: 'Follow what a function logs from now on, as server-sent events: `log`, and `gap` where lines are missing',
  params: functionParameters,
  query: z.strictObject({
    follow: z.literal('true').describe('Past lines are not kept yet: following is all there is'),
  }),
  body: null,
  answers: [
    {
      kind: 'bytes',
      description: 'Each event has one JSON document as data. A comment comes at least every 15 seconds.',
      mediaType: 'text/event-stream',
    },
  ],
  errors: ['function-not-found', 'bus-unavailable'],
  async handle({ params, tenant }, context) {
    requireFunction(context, tenant, params.name);
    const { connection, busWatch, config, log } = context;
    const of = { tenant, function: params.name };
    const onInvalid = (reason: string) => logInvalidLine(log, { ...of, reason });
    const stream = await LogFollower.start({ connection, busWatch, zones: config.zones, of, onInvalid });
    return { status: OK, headers: ['content-type', 'text/event-stream'], stream };
  },
});
