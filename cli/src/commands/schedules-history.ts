import type { ScheduleHistory } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { readLimit } from '../events/event-arguments.ts';
import { formatTime } from '../format.ts';
import { formatTable } from '../table.ts';

const DEFAULT_LIMIT = 20;
const LARGEST_LIMIT = 1_000;

export const schedulesHistory = defineCommand({
  examples: ['schedules history report nightly', 'schedules history report nightly --limit 100 --json'],
  args: {
    limit: { type: 'string', short: 'n', value: 'n', summary: 'events.limit' },
    before: { type: 'string', value: 'position', summary: 'schedules.history.before' },
  },
  positionals: { function: { summary: 'argument.function' }, schedule: { summary: 'argument.schedule' } },
  async handler({ function: name, schedule, limit, before }, context) {
    const { connect, output, say, json } = context;
    const count = readLimit(limit, { most: LARGEST_LIMIT, usual: DEFAULT_LIMIT }, context);
    const answer = await (await connect()).schedules.history(name, schedule, { limit: count, before });
    if (json) output.json(answer);
    else if (answer.ticks.length === 0) output.progress(say('schedules.history.empty', { schedule }));
    else
      output.result(formatTable([headOf(context), ...answer.ticks.map((tick) => rowOf(tick, context))], output.width));
    if (answer.next !== null) output.progress(say('schedules.history.more', { before: answer.next }));
    return EXIT.ok;
  },
});

const headOf = ({ say }: CommandContext): string[] => [
  say('column.tick'),
  say('column.state'),
  say('column.event'),
  say('column.event-state'),
];

function rowOf(tick: ScheduleHistory['ticks'][number], { say }: CommandContext): string[] {
  const until = tick.until === null ? '' : ` – ${formatTime(tick.until)}`;
  const count = tick.ticks === 1 ? '' : ` ×${tick.ticks ?? '?'}`;
  const state = tick.cause === 'manual' ? say('tick.manual') : say(`tick.${tick.state}`);
  return [formatTime(tick.scheduledAt) + until, state + count, tick.event ?? '–', tick.eventState ?? '–'];
}
