/** Which events are meant, as it is written on the command line. Each throws `usage`. */
import {
  durationMs,
  durationSchema,
  EVENT_STATES,
  EVENT_TRIGGERS,
  type EventState,
  type EventTrigger,
  isInvocationId,
} from '@sovfn/protocol';
import type { CommandContext } from '../context.ts';
import { nearest, usageError } from '../usage-errors.ts';

type Saying = Pick<CommandContext, 'say'>;

/** What every command over several events takes. */
export const FILTER_ARGUMENTS = {
  from: { type: 'string', value: 'time', summary: 'events.from' },
  to: { type: 'string', value: 'time', summary: 'events.to' },
  trigger: { type: 'string', value: 'trigger', choices: EVENT_TRIGGERS, summary: 'events.trigger' },
  source: { type: 'string', value: 'name', summary: 'events.source' },
} as const;

export interface WrittenFilter {
  readonly from: string | null;
  readonly to: string | null;
  readonly trigger: string | null;
  readonly source: string | null;
}

export interface EventFilter {
  readonly from: string | null;
  readonly to: string | null;
  readonly trigger: EventTrigger | null;
  readonly source: string | null;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

export function readFilter({ from, to, trigger, source }: WrittenFilter, context: Saying): EventFilter {
  return {
    from: from === null ? null : readTime('from', from, context),
    to: to === null ? null : readTime('to', to, context),
    trigger: trigger === null ? null : readWord('trigger', trigger, EVENT_TRIGGERS, context),
    source,
  };
}

/** Those parts of a filter that are set, as a query. */
export function queryOf(filter: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).filter((entry): entry is [string, string] => entry[1] !== null));
}

export function readState(written: string | null, context: Saying): EventState | null {
  return written === null ? null : readWord('state', written, EVENT_STATES, context);
}

/** An id on its own, or `--function` and a filter: which of them a command was given. */
export function readOneOrMany(event: string | null, owner: string | null, { say }: Saying) {
  if (event !== null && owner !== null) throw usageError(say('events.one-or-many'), say('events.one-or-many.hint'));
  if (event !== null) return { kind: 'one', event: readEvent(event, { say }) } as const;
  if (owner === null) throw usageError(say('events.none-named'), say('events.one-or-many.hint'));
  return { kind: 'many', owner } as const;
}

export function readEvent(written: string, { say }: Saying): string {
  if (isInvocationId(written)) return written;
  throw usageError(say('events.bad-id', { event: written }), say('events.bad-id.hint'));
}

/** A whole number from 1 to `most`. */
export function readLimit(written: string | null, { most, usual }: { most: number; usual: number }, { say }: Saying) {
  const limit = written === null ? usual : Number(written);
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit;
  throw usageError(say('outputs.bad-limit', { limit: written ?? '' }), say('outputs.bad-limit.hint', { most }));
}

/** A time, the beginning of a day, or how long ago it was. */
function readTime(option: 'from' | 'to', written: string, { say }: Saying): string {
  if (durationSchema.safeParse(written).success) return new Date(Date.now() - durationMs(written)).toISOString();
  const time = Date.parse(DATE.test(written) ? `${written}T00:00` : written);
  if (!Number.isNaN(time)) return new Date(time).toISOString();
  throw usageError(say('events.bad-time', { option, time: written }), say('events.bad-time.hint', { option }));
}

function readWord<W extends string>(option: string, written: string, words: readonly W[], { say }: Saying): W {
  const word = words.find((known) => known === written);
  if (word !== undefined) return word;
  const near = nearest(written, words);
  const hint =
    near === null ? say('events.words', { list: words.join(', ') }) : say('usage.did-you-mean', { name: near });
  throw usageError(say('events.bad-word', { option, word: written }), hint);
}
