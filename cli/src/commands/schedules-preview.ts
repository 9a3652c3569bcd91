import { DEFAULT_TIME_ZONE, HOLIDAY_CALENDARS, instantOf, makeNextTick, problemsOfSchedule } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { formatZoned, formatZonedDay } from '../format.ts';
import { formatTable } from '../table.ts';
import { usageError } from '../usage-errors.ts';

const DEFAULT_COUNT = 5;
const LARGEST_COUNT = 1_000;

export const schedulesPreview = defineCommand({
  examples: [
    'schedules preview --cron "30 2 * * *"',
    'schedules preview --cron "0 8 * * mon-fri" --except fr-holidays --count 10',
    'schedules preview --cron "30 2 * * *" --timezone Europe/Paris --at 2026-10-25T00:00',
  ],
  args: {
    cron: { type: 'string', value: 'times', summary: 'schedules.preview.cron' },
    timezone: { type: 'string', value: 'name', summary: 'schedules.preview.timezone' },
    count: { type: 'string', short: 'n', value: 'n', summary: 'schedules.preview.count' },
    at: { type: 'string', value: 'time', summary: 'schedules.preview.at' },
    except: { type: 'string', value: 'calendar', summary: 'schedules.preview.except' },
  },
  positionals: {},
  async handler(written, context) {
    const { output, say, json, locale } = context;
    const timing = readTiming(written, context);
    const count = readCount(written.count, context);
    const from = readClock(written.at, timing.timezone, context);
    const next = makeNextTick(timing);
    const ticks: string[] = [];
    for (let tick = next(from); tick !== null && ticks.length < count; tick = next(tick)) {
      ticks.push(new Date(tick).toISOString());
    }
    const { cron, timezone, except = null } = timing;
    if (json) {
      const shown = ticks.map((scheduledAt) => ({ scheduledAt, local: formatZoned(scheduledAt, timezone) }));
      output.json({ cron, timezone, except, ticks: shown });
      return EXIT.ok;
    }
    const head = [say('column.day'), timezone, 'UTC'];
    const rows = ticks.map((tick) => {
      return [formatZonedDay(tick, timezone, locale), formatZoned(tick, timezone), formatZoned(tick, 'UTC')];
    });
    if (rows.length > 0) output.result(formatTable([head, ...rows], output.width));
    if (rows.length < count) output.progress(say('schedules.preview.end'));
    return EXIT.ok;
  },
});

interface Written {
  readonly cron: string | null;
  readonly timezone: string | null;
  readonly except: string | null;
}

function readTiming({ cron, timezone, except }: Written, { say }: CommandContext) {
  if (cron === null) throw usageError(say('schedules.preview.no-cron'), say('schedules.preview.no-cron.hint'));
  const calendar = HOLIDAY_CALENDARS.find((name) => name === except);
  if (except !== null && calendar === undefined) {
    throw usageError(
      say('schedules.preview.bad-calendar', { except }),
      say('schedules.preview.calendars', { list: HOLIDAY_CALENDARS.join(', ') }),
    );
  }
  const timing = { cron, timezone: timezone ?? DEFAULT_TIME_ZONE, except: calendar };
  const [problem] = problemsOfSchedule(timing);
  if (problem === undefined) return timing;
  const value = problem.path === 'timezone' ? timing.timezone : cron;
  throw usageError(
    say('schedules.preview.refused', { option: problem.path, value, reason: problem.message }),
    say('schedules.preview.refused.hint'),
  );
}

function readCount(text: string | null, { say }: CommandContext): number {
  const count = text === null ? DEFAULT_COUNT : Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= LARGEST_COUNT) return count;
  throw usageError(
    say('schedules.bad-count', { count: text ?? '' }),
    say('outputs.bad-limit.hint', { most: LARGEST_COUNT }),
  );
}

/** The instant before the one that is written: a tick at that very time is shown. */
function readClock(at: string | null, timezone: string, { say }: CommandContext): number {
  if (at === null) return Date.now();
  const instant = instantOf(at, timezone);
  if (instant !== null) return instant - 1;
  throw usageError(say('schedules.bad-time', { at }), say('schedules.bad-time.hint'));
}
