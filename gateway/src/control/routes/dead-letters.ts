/** Dead letters of a function: listed, shown, run again, let go. Also those of one that is deleted. */
import {
  EVENT_TRIGGERS,
  eventIdSchema,
  letterDetailSchema,
  letterListSchema,
  type LettersRequest,
  lettersRequestSchema,
  PROTOCOL_VERSION,
  purgedManySchema,
  purgedResponseSchema,
  ranAgainManySchema,
  ranAgainResponseSchema,
} from '@sovfn/protocol';
import { z } from 'zod';
import { detailOfLetter, type LetterRange, listLetters } from '../../events/dead-letters/letter-list.ts';
import { purgeMany, redriveMany } from '../../events/dead-letters/many-letters.ts';
import { logLettersPurged, logLettersRedriven } from '../events.ts';
import { functionParameters, noParameters } from '../parameters.ts';
import { defineRoute } from '../route.ts';
import { eventParameters, findEvent, functionInZones, RUN_AGAIN_ERRORS } from './events.ts';

const DEFAULT_LIMIT = 20;
const LARGEST_LIMIT = 1_000;
/** Letters that one request redrives or purges. */
const MANY_LIMIT = 100;
/** Far above what any request needs. */
const REQUEST_BYTES = 64 * 1024;

const timeSchema = z.iso.datetime({ offset: true });

export const listDeadLetters = defineRoute({
  method: 'get',
  path: '/v1/functions/{name}/dead-letters',
  operation: 'listDeadLetters',
  summary: 'List the dead letters of a function: events that failed for good',
  params: functionParameters,
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(LARGEST_LIMIT).default(DEFAULT_LIMIT).describe('How many'),
    before: eventIdSchema.optional().describe('Only letters of events that were accepted before this one'),
    trigger: z.enum(EVENT_TRIGGERS).optional().describe('Only events of this kind'),
    source: z.string().max(128).optional().describe('Only events of this webhook, schedule or queue binding'),
    outcome: z.string().max(64).optional().describe('Only events whose last attempt ended like this'),
    from: timeSchema.optional().describe('Only events that died from then on'),
    to: timeSchema.optional().describe('Only events that died before then'),
  }),
  body: null,
  answers: [{ kind: 'json', description: 'The letters; `next` when there may be more.', schema: letterListSchema }],
  errors: ['bus-unavailable'],
  async handle({ params, query, tenant }, context) {
    const { limit, before = null, trigger = null, source = null, outcome = null, from = null, to = null } = query;
    const range = rangeOf({ before, trigger, source, outcome, from, to }, limit);
    const of = functionInZones(context, tenant, params.name);
    const { items: letters, damaged, next } = await listLetters(context.eventTools.streams, of, range);
    return { json: { v: PROTOCOL_VERSION, letters, damaged, next } };
  },
});

export const showDeadLetter = defineRoute({
  method: 'get',
  path: '/v1/dead-letters/{event}',
  operation: 'showDeadLetter',
  summary: 'Show why an event died: its attempts, the last response, what it asked for without what is secret in it',
  params: eventParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The dead letter.', schema: letterDetailSchema }],
  errors: ['event-not-found', 'letter-not-found', 'bad-message', 'bus-unavailable'],
  async handle({ params, tenant }, context) {
    const of = await findEvent(context, tenant, params.event);
    const { letter, body } = await context.eventTools.letters.read(of);
    return { json: detailOfLetter(letter, body) };
  },
});

export const redriveDeadLetter = defineRoute({
  method: 'post',
  path: '/v1/dead-letters/{event}/redrive',
  operation: 'redriveDeadLetter',
  summary: 'Run a dead letter again, as a new event; then it is gone',
  params: eventParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The new event is accepted.', schema: ranAgainResponseSchema }],
  errors: ['event-not-found', 'letter-not-found', ...RUN_AGAIN_ERRORS],
  async handle({ params, tenant }, context) {
    const of = await findEvent(context, tenant, params.event);
    const { id: replay } = await context.eventTools.letters.redrive(of);
    logLettersRedriven(context.log, { tenant, function: of.function, letters: 1 });
    return { json: { v: PROTOCOL_VERSION, event: of.event, replay } };
  },
});

export const redriveDeadLetters = defineRoute({
  method: 'post',
  path: '/v1/functions/{name}/dead-letters/redrive',
  operation: 'redriveDeadLetters',
  summary: 'Run dead letters of a function again, up to a hundred; `next` when there may be more',
  params: functionParameters,
  query: noParameters,
  body: { schema: lettersRequestSchema, maxBytes: REQUEST_BYTES },
  answers: [{ kind: 'json', description: 'The new events are accepted.', schema: ranAgainManySchema }],
  errors: RUN_AGAIN_ERRORS,
  async handle({ params, body, tenant }, context) {
    const of = functionInZones(context, tenant, params.name);
    const page = await redriveMany(context.eventTools, of, rangeOf(body, MANY_LIMIT));
    logLettersRedriven(context.log, { tenant, function: params.name, letters: page.replayed.length });
    return { json: { v: PROTOCOL_VERSION, ...page } };
  },
});

export const purgeDeadLetter = defineRoute({
  method: 'delete',
  path: '/v1/dead-letters/{event}',
  operation: 'purgeDeadLetter',
  summary: 'Let a dead letter go: its event cannot be run again',
  params: eventParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The letter is gone.', schema: purgedResponseSchema }],
  errors: ['event-not-found', 'letter-not-found', 'bus-unavailable'],
  async handle({ params, tenant }, context) {
    const of = await findEvent(context, tenant, params.event);
    await context.eventTools.letters.purge(of);
    logLettersPurged(context.log, { tenant, function: of.function, letters: 1 });
    return { json: { v: PROTOCOL_VERSION, event: of.event } };
  },
});

export const purgeDeadLetters = defineRoute({
  method: 'post',
  path: '/v1/functions/{name}/dead-letters/purge',
  operation: 'purgeDeadLetters',
  summary: 'Let dead letters of a function go, up to a hundred; `next` when there may be more',
  params: functionParameters,
  query: noParameters,
  body: { schema: lettersRequestSchema, maxBytes: REQUEST_BYTES },
  answers: [{ kind: 'json', description: 'The letters are gone.', schema: purgedManySchema }],
  errors: ['bus-unavailable'],
  async handle({ params, body, tenant }, context) {
    const of = functionInZones(context, tenant, params.name);
    const page = await purgeMany(context.eventTools, of, rangeOf(body, MANY_LIMIT));
    logLettersPurged(context.log, { tenant, function: params.name, letters: page.purged.length });
    return { json: { v: PROTOCOL_VERSION, ...page } };
  },
});

function rangeOf({ from, to, ...filter }: Omit<LettersRequest, 'v'>, limit: number): LetterRange {
  const { trigger, source, outcome, before } = filter;
  return { limit, before, trigger, source, outcome, from: timeOf(from), to: timeOf(to) };
}

function timeOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
