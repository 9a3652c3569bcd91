/** Events of a function: cancelled, held back, let go on. */
import {
  cancelledManySchema,
  cancelledResponseSchema,
  cancelManyRequestSchema,
  EVENT_STATES,
  PROTOCOL_VERSION,
  pausedResponseSchema,
  TERMINAL_STATES,
} from '@sovfn/protocol';
import { cancelMany } from '../../events/cancel-many.ts';
import { logEventsCancelled, logPaused, logResumed } from '../events.ts';
import { unknownFunction } from '../functions.ts';
import { functionParameters, noParameters } from '../parameters.ts';
import { type ControlContext, defineRoute } from '../route.ts';
import { eventParameters, findEvent, functionInZones } from './events.ts';

/** Events that one request cancels: gateways are asked about each. */
const CANCEL_LIMIT = 100;
/** Far above what any request needs. */
const REQUEST_BYTES = 64 * 1024;
const CANCELLABLE = EVENT_STATES.filter((state) => !TERMINAL_STATES.has(state));

export const cancelEvent = defineRoute({
  method: 'post',
  path: '/v1/events/{event}/cancel',
  operation: 'cancelEvent',
  summary: 'Cancel an event that waits or runs; one that has ended stays as it is',
  params: eventParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The state in which the event has ended.', schema: cancelledResponseSchema }],
  errors: ['event-not-found', 'bus-unavailable'],
  async handle({ params, tenant }, context) {
    const of = await findEvent(context, tenant, params.event);
    const state = await context.eventStops.cancel(of, of.event);
    logEventsCancelled(context.log, { tenant, function: of.function, events: 1 });
    return { json: { v: PROTOCOL_VERSION, event: of.event, state } };
  },
});

export const cancelEventsOfFunction = defineRoute({
  method: 'post',
  path: '/v1/functions/{name}/events/cancel',
  operation: 'cancelEvents',
  summary: 'Cancel events of a function that wait or run, newest first, up to a hundred; `next` when there may be more',
  params: functionParameters,
  query: noParameters,
  body: { schema: cancelManyRequestSchema, maxBytes: REQUEST_BYTES },
  answers: [{ kind: 'json', description: 'The events, and how they have ended.', schema: cancelledManySchema }],
  errors: ['bus-unavailable'],
  async handle({ params, body, tenant }, context) {
    const { v: _, from, to, ...filter } = body;
    const times = { from: from === null ? null : new Date(from), to: to === null ? null : new Date(to) };
    const range = { ...filter, ...times, states: CANCELLABLE, limit: CANCEL_LIMIT };
    const { eventTools, eventStops } = context;
    const of = functionInZones(context, tenant, params.name);
    const page = await cancelMany({ streams: eventTools.streams, stops: eventStops }, of, range);
    logEventsCancelled(context.log, { tenant, function: params.name, events: page.cancelled.length });
    return { json: { v: PROTOCOL_VERSION, ...page } };
  },
});

export const pauseEvents = defineRoute({
  method: 'post',
  path: '/v1/functions/{name}/events/pause',
  operation: 'pauseEvents',
  summary: 'Begin no further event of a function. Events are still accepted; those that run go on',
  params: functionParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The events are paused.', schema: pausedResponseSchema }],
  errors: ['function-not-found', 'bus-unavailable'],
  async handle({ params, tenant }, context) {
    for (const of of requireAddresses(context, tenant, params.name)) await context.dispatch.pause(of);
    logPaused(context.log, { tenant, function: params.name });
    return { json: { v: PROTOCOL_VERSION, function: params.name, isPaused: true } };
  },
});

export const resumeEvents = defineRoute({
  method: 'post',
  path: '/v1/functions/{name}/events/resume',
  operation: 'resumeEvents',
  summary: 'Let the events of a function begin again',
  params: functionParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The events run.', schema: pausedResponseSchema }],
  errors: ['function-not-found', 'bus-unavailable'],
  async handle({ params, tenant }, context) {
    for (const of of requireAddresses(context, tenant, params.name)) await context.dispatch.resume(of);
    logResumed(context.log, { tenant, function: params.name });
    return { json: { v: PROTOCOL_VERSION, function: params.name, isPaused: false } };
  },
});

/** Where the function is deployed, and where it has had events. Throws `function-not-found` when it is and has neither. */
function requireAddresses(context: ControlContext, tenant: string, name: string) {
  const { config, functions, dispatch } = context;
  const current = functions.get(tenant, name)?.target.zone ?? null;
  const addresses = config.zones
    .map((zone) => ({ zone, tenant, function: name }))
    .filter((of) => of.zone === current || dispatch.get(of) !== null);
  if (addresses.length === 0) throw unknownFunction(context, tenant, name);
  return addresses;
}
