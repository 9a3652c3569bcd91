/** Schedules of functions: looked at, run by hand, paused. */
import {
  type FunctionRecord,
  nameSchema,
  PROTOCOL_VERSION,
  runScheduleRequestSchema,
  runScheduleResponseSchema,
  type ScheduleConfig,
  scheduleHistorySchema,
  scheduleListSchema,
  schedulePauseResponseSchema,
  SovfnError,
} from '@sovfn/protocol';
import { closest } from 'fastest-levenshtein';
import { z } from 'zod';
import { runManually } from '../../schedules/manual-run.ts';
import { logSchedulePaused, logScheduleResumed, logScheduleRun } from '../events.ts';
import { requireFunction, unknownFunction } from '../functions.ts';
import { noParameters } from '../parameters.ts';
import { type ControlContext, defineRoute } from '../route.ts';

const DEFAULT_LIMIT = 100;
const LARGEST_LIMIT = 1_000;
const HISTORY_LIMIT = 20;
/** Far above what the request needs. */
const RUN_BYTES = 4_096;

const scheduleParameters = z.strictObject({
  name: nameSchema.describe('Name of the function'),
  schedule: nameSchema.describe('Name of the schedule'),
});

export const listSchedules = defineRoute({
  method: 'get',
  path: '/v1/schedules',
  operation: 'listSchedules',
  summary: 'List schedules with their next five ticks and what became of the last one',
  params: noParameters,
  query: z.strictObject({
    function: nameSchema.optional().describe('Only those of this function'),
    limit: z.coerce.number().int().min(1).max(LARGEST_LIMIT).default(DEFAULT_LIMIT).describe('How many'),
  }),
  body: null,
  answers: [{ kind: 'json', description: 'The schedules, by function and name.', schema: scheduleListSchema }],
  errors: ['function-not-found', 'bus-unavailable'],
  async handle({ query, tenant }, context) {
    const { registry, schedules, config } = context;
    const records =
      query.function === undefined
        ? [...registry.all()].filter((record) => record.tenant === tenant)
        : [requireFunction(context, tenant, query.function)];
    const all = records
      .filter(({ manifest }) => config.zones.includes(manifest.config.residency))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((record) => byName(record).map((schedule) => ({ record, schedule })));
    const shown = all.slice(0, query.limit);
    const summaries = await Promise.all(shown.map((of) => schedules.views.summarize(of.record, of.schedule)));
    return { json: { v: PROTOCOL_VERSION, schedules: summaries, isComplete: shown.length === all.length } };
  },
});

export const runSchedule = defineRoute({
  method: 'post',
  path: '/v1/functions/{name}/schedules/{schedule}/run',
  operation: 'runSchedule',
  summary: 'Run a schedule now, or as if the clock showed another time: answered when the run is durable',
  params: scheduleParameters,
  query: noParameters,
  body: { schema: runScheduleRequestSchema, maxBytes: RUN_BYTES },
  answers: [{ kind: 'json', description: 'The run is accepted.', schema: runScheduleResponseSchema }],
  errors: ['function-not-found', 'schedule-not-found', 'too-many-events', 'events-full', 'bus-unavailable'],
  async handle({ params, body, tenant }, context) {
    const schedule = requireSchedule(context, tenant, params);
    const to = context.functions.get(tenant, params.name);
    if (to === null) throw unknownFunction(context, tenant, params.name);
    const { event, scheduledAt } = await runManually(context.schedules.manual, { to, schedule, at: body.at });
    logScheduleRun(context.log, { tenant, function: params.name, schedule: schedule.name, event, scheduledAt });
    return { json: { v: PROTOCOL_VERSION, function: params.name, schedule: schedule.name, event, scheduledAt } };
  },
});

export const pauseSchedule = defineRoute({
  method: 'post',
  path: '/v1/functions/{name}/schedules/{schedule}/pause',
  operation: 'pauseSchedule',
  summary: 'Pause a schedule: its ticks are recorded and do not run, also after deploys, until it is resumed',
  params: scheduleParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'It is paused.', schema: schedulePauseResponseSchema }],
  errors: ['function-not-found', 'schedule-not-found', 'bus-unavailable'],
  async handle({ params, tenant }, context) {
    requireSchedule(context, tenant, params);
    const of = { tenant, function: params.name, schedule: params.schedule };
    const pausedAt = await context.schedules.pauses.pause(of);
    logSchedulePaused(context.log, of);
    return { json: { v: PROTOCOL_VERSION, function: params.name, schedule: params.schedule, pausedAt } };
  },
});

export const resumeSchedule = defineRoute({
  method: 'post',
  path: '/v1/functions/{name}/schedules/{schedule}/resume',
  operation: 'resumeSchedule',
  summary: 'Resume a schedule with its next tick; what came due meanwhile stays skipped',
  params: scheduleParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'It is not paused.', schema: schedulePauseResponseSchema }],
  errors: ['function-not-found', 'schedule-not-found', 'bus-unavailable'],
  async handle({ params, tenant }, context) {
    requireSchedule(context, tenant, params);
    const of = { tenant, function: params.name, schedule: params.schedule };
    await context.schedules.pauses.resume(of);
    logScheduleResumed(context.log, of);
    return { json: { v: PROTOCOL_VERSION, function: params.name, schedule: params.schedule, pausedAt: null } };
  },
});

export const showScheduleHistory = defineRoute({
  method: 'get',
  path: '/v1/functions/{name}/schedules/{schedule}/history',
  operation: 'showScheduleHistory',
  summary: 'What became of the ticks of a schedule, newest first; also of one that the current version does not have',
  params: scheduleParameters,
  query: z.strictObject({
    limit: z.coerce.number().int().min(1).max(LARGEST_LIMIT).default(HISTORY_LIMIT).describe('How many, or a few more'),
    before: z.coerce.number().int().min(1).optional().describe('`next` of the page before'),
  }),
  body: null,
  answers: [
    { kind: 'json', description: 'The ticks; `next` when there are older ones.', schema: scheduleHistorySchema },
  ],
  errors: ['function-not-found', 'bus-unavailable'],
  async handle({ params, query, tenant }, context) {
    const record = requireFunction(context, tenant, params.name);
    const names = { function: params.name, schedule: params.schedule };
    const at = { zone: record.manifest.config.residency, tenant, ...names };
    const { limit, before = Infinity } = query;
    const page = await context.schedules.views.history(at, { limit, before });
    return { json: { v: PROTOCOL_VERSION, ...names, ...page } };
  },
});

const byName = ({ manifest }: FunctionRecord): readonly ScheduleConfig[] =>
  manifest.config.schedules.toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** Throws `function-not-found`, or `schedule-not-found` with the name that comes nearest. */
function requireSchedule(
  context: ControlContext,
  tenant: string,
  params: { name: string; schedule: string },
): ScheduleConfig {
  const { schedules } = requireFunction(context, tenant, params.name).manifest.config;
  const schedule = schedules.find(({ name }) => name === params.schedule);
  if (schedule !== undefined) return schedule;
  const names = schedules.map(({ name }) => name);
  const hint = names.length === 0 ? 'It has no schedules.' : `Did you mean "${closest(params.schedule, names)}"?`;
  throw new SovfnError('schedule-not-found', `"${params.name}" has no schedule "${params.schedule}"`, { hint });
}
