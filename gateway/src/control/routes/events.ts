/** Events of a function: listed, shown, run again. Also those of one that is deleted. */
import {
  EVENT_STATES,
  EVENT_TRIGGERS,
  eventDetailSchema,
  eventIdSchema,
  eventListSchema,
  PROTOCOL_VERSION,
  ranAgainManySchema,
  ranAgainResponseSchema,
  replayManyRequestSchema,
  replayRequestSchema,
} from '@sovfn/protocol';
import { z } from 'zod';
import { readEventDetail } from '../../events/history/event-detail.ts';
import { listEvents } from '../../events/history/event-list.ts';
import { searchEvent } from '../../events/history/event-search.ts';
import { logReplayed } from '../events.ts';
import { functionParameters, noParameters } from '../parameters.ts';
import { type ControlContext, defineRoute } from '../route.ts';

const DEFAULT_LIMIT = 20;
const LARGEST_LIMIT = 1_000;
/** Events that one request runs again: each is accepted on its own, and copied when it is large. */
const REPLAY_LIMIT = 100;
/** Far above what any request needs. */
const REQUEST_BYTES = 64 * 1024;

const timeSchema = z.iso.datetime({ offset: true });

export const eventParameters = z.strictObject({ event: eventIdSchema.describe('Id of the event') });

/** In which order errors of running an event again are told does not matter; both routes have the same. */
export const RUN_AGAIN_ERRORS = [
  'function-not-found',
  'residency-unsatisfied',
  'event-not-kept',
  'event-conflict',
  'too-many-events',
  'events-full',
  'events-lost',
  'bad-message',
  'bus-unavailable',
  'store-unavailable',
  'store-refused',
] as const;

export const listEventsOfFunction = defineRoute({
  method: 'get',
  path: '/v1/functions/{name}/events',
  operation: 'listEvents',
  summary: 'List the events of a function, newest first',
  params: functionParameters,
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(LARGEST_LIMIT).default(DEFAULT_LIMIT).describe('How many'),
    before: eventIdSchema.optional().describe('Only events that were accepted before this one'),
    state: z.enum(EVENT_STATES).optional().describe('Only events in this state'),
    trigger: z.enum(EVENT_TRIGGERS).optional().describe('Only events of this kind'),
    source: z.string().max(128).optional().describe('Only events of this webhook, schedule or queue binding'),
    from: timeSchema.optional().describe('Only events that were accepted from then on'),
    to: timeSchema.optional().describe('Only events that were accepted before then'),
  }),
  body: null,
  answers: [{ kind: 'json', description: 'The events; `next` when there may be more.', schema: eventListSchema }],
  errors: ['bus-unavailable'],
  async handle({ params, query, tenant }, context) {
    const { limit, before, state, trigger, source, from, to } = query;
    const page = await listEvents(context.eventTools.streams, functionInZones(context, tenant, params.name), {
      limit,
      before: before ?? null,
      states: state === undefined ? null : [state],
      trigger: trigger ?? null,
      source: source ?? null,
      from: timeOf(from),
      to: timeOf(to),
    });
    const { items: events, damaged, next } = page;
    return { json: { v: PROTOCOL_VERSION, events, damaged, pausedAt: pausedAt(context, tenant, params.name), next } };
  },
});

export const showEvent = defineRoute({
  method: 'get',
  path: '/v1/events/{event}',
  operation: 'showEvent',
  summary: 'Show what is known of an event: its attempts, its output, what it asked for without what is secret in it',
  params: eventParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The event.', schema: eventDetailSchema }],
  errors: ['event-not-found', 'bad-message', 'bus-unavailable'],
  async handle({ params, tenant }, context) {
    const { streams, ended } = context.eventTools;
    const of = await findEvent(context, tenant, params.event);
    return { json: await readEventDetail({ streams, ended, outputs: context.config.store.outputs }, of) };
  },
});

export const replayEvent = defineRoute({
  method: 'post',
  path: '/v1/events/{event}/replay',
  operation: 'replayEvent',
  summary: 'Run an event again, as a new event. The same key runs it again once',
  params: eventParameters,
  query: noParameters,
  body: { schema: replayRequestSchema, maxBytes: REQUEST_BYTES },
  answers: [{ kind: 'json', description: 'The new event is accepted.', schema: ranAgainResponseSchema }],
  errors: ['event-not-found', ...RUN_AGAIN_ERRORS],
  async handle({ params, body, tenant }, context) {
    const of = await findEvent(context, tenant, params.event);
    const { id: replay } = await context.eventTools.replay.replay(of, body.key);
    logReplayed(context.log, { tenant, function: of.function, key: body.key, events: 1 });
    return { json: { v: PROTOCOL_VERSION, event: of.event, replay } };
  },
});

export const replayEventsOfFunction = defineRoute({
  method: 'post',
  path: '/v1/functions/{name}/events/replay',
  operation: 'replayEvents',
  summary: 'Run events of a function again, newest first, up to a hundred; `next` when there may be more',
  params: functionParameters,
  query: noParameters,
  body: { schema: replayManyRequestSchema, maxBytes: REQUEST_BYTES },
  answers: [{ kind: 'json', description: 'The new events are accepted.', schema: ranAgainManySchema }],
  errors: RUN_AGAIN_ERRORS,
  async handle({ params, body, tenant }, context) {
    const { v: _, key, from, to, ...filter } = body;
    const range = { ...filter, limit: REPLAY_LIMIT, from: new Date(from), to: new Date(to) };
    const of = functionInZones(context, tenant, params.name);
    const page = await context.eventTools.replay.replayMany(of, range, key);
    logReplayed(context.log, { tenant, function: params.name, key, events: page.replayed.length });
    return { json: { v: PROTOCOL_VERSION, ...page } };
  },
});

function pausedAt({ config, dispatch }: ControlContext, tenant: string, name: string): string | null {
  const records = config.zones.map((zone) => dispatch.get({ zone, tenant, function: name })?.pausedAt ?? null);
  return records.find((since) => since !== null) ?? null;
}

/** Where a function of the tenant may have events: its zone may have been another one. */
export function functionInZones({ config }: ControlContext, tenant: string, name: string) {
  return { zones: config.zones, tenant, function: name };
}

/** Finds the function of an event. Throws `event-not-found` or `bus-unavailable`. */
export async function findEvent({ eventTools, config }: ControlContext, tenant: string, event: string) {
  return searchEvent(eventTools.streams, { zones: config.zones, tenant }, event);
}

function timeOf(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(text);
}
