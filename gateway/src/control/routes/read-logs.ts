import {
  invocationTime,
  isInvocationId,
  LOG_DAYS,
  type LogQuery,
  logHistorySchema,
  logQuerySchema,
  PROTOCOL_VERSION,
  SovfnError,
} from '@sovfn/protocol';
import { logInvalidBatch } from '../events.ts';
import { requireFunction, unknownFunction } from '../functions.ts';
import { type LogCursor, parseCursor } from '../logs/log-cursor.ts';
import { readHistory } from '../logs/log-history.ts';
import { LogTail } from '../logs/log-tail.ts';
import { functionParameters } from '../parameters.ts';
import { type ControlContext, defineRoute } from '../route.ts';

const OK = 200;
const DAY_MS = 86_400_000;
/** Entries are younger than the id of their call, and not stored before they are written, but for clocks that differ. */
const CLOCKS_DIFFER_MS = 10_000;

export const readLogs = defineRoute({
  method: 'get',
  path: '/v1/functions/{name}/logs',
  operation: 'readLogs',
  summary:
    'Read what a function has logged, or follow what it logs, as server-sent events: `log`, and `gap` where entries are missing',
  params: functionParameters,
  query: logQuerySchema,
  body: null,
  answers: [
    { kind: 'json', description: 'Without follow: the newest entries that fit.', schema: logHistorySchema },
    {
      kind: 'bytes',
      description:
        'With follow: each event has one JSON document as data, and as id what `cursor` takes. A comment comes at least every 15 seconds.',
      mediaType: 'text/event-stream',
    },
  ],
  errors: ['function-not-found', 'bus-unavailable'],
  async handle({ params, query, tenant, signal }, context) {
    const { connection, keys, busWatch, logArchive: archive, config, log, registry } = context;
    const of = { tenant, function: params.name };
    const kept = keptSince(context, tenant, params.name);
    const asked = query.since === undefined ? null : new Date(query.since);
    const since = asked === null || asked < kept ? kept : asked;
    const filter = { ...query, since, until: query.until === undefined ? null : new Date(query.until) };
    const onInvalid = (reason: string) => logInvalidBatch(log, { ...of, reason });
    const sources = { connection, keys, busWatch, archive, keptSince: kept };
    const reading = { ...sources, zones: config.zones, of, filter, onInvalid };
    if (query.follow === 'true') {
      requireFunction(context, tenant, params.name);
      const stream = await LogTail.open({ ...reading, from: beginOf(query, asked) });
      return { status: OK, headers: ['content-type', 'text/event-stream'], stream };
    }
    const from = latest(since, begunAt(query));
    const history = await readHistory({ ...reading, from, limit: query.limit, signal });
    // What a function logged outlives it.
    if (history.entries.length === 0 && registry.get(tenant, params.name) === null) {
      throw unknownFunction(context, tenant, params.name);
    }
    return { json: { v: PROTOCOL_VERSION, ...history } };
  },
});

/** What is older is not shown any more, even if it has not been removed yet. */
function keptSince({ registry }: ControlContext, tenant: string, name: string): Date {
  const days = registry.get(tenant, name)?.manifest.config.logs?.days ?? LOG_DAYS;
  return new Date(Date.now() - days * DAY_MS);
}

/** Throws `bad-request`. */
function beginOf(query: LogQuery, since: Date | null): LogCursor | Date | 'now' {
  if (query.until !== undefined) {
    throw new SovfnError('bad-request', 'the query has follow and until: what is followed has no end', {
      hint: 'Leave one of them out.',
    });
  }
  if (query.cursor !== undefined) return parseCursor(query.cursor);
  if (since !== null) return earlier(since);
  return begunAt(query) ?? 'now';
}

/** Where to begin to read for a call or an event: its id says when it was made. */
function begunAt({ invocation, event }: LogQuery): Date | null {
  const id = invocation ?? event;
  return id === undefined || !isInvocationId(id) ? null : earlier(new Date(invocationTime(id)));
}

function latest(since: Date, begun: Date | null): Date {
  const begin = earlier(since);
  return begun === null || begun < begin ? begin : begun;
}

function earlier(time: Date): Date {
  return new Date(time.getTime() - CLOCKS_DIFFER_MS);
}
