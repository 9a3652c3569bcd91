import type { ScheduleSummary } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { CommandContext } from '../context.ts';
import { formatTime, formatZoned } from '../format.ts';

export const schedulesList = defineCommand({
  examples: ['schedules list', 'schedules list report', 'schedules list --json'],
  args: {},
  positionals: { function: { optional: true, summary: 'schedules.list.function' } },
  async handler({ function: name }, context) {
    const { connect, output, say, json } = context;
    const answer = await (await connect()).schedules.list(name);
    if (json) output.json(answer);
    else if (answer.schedules.length === 0) output.progress(say('schedules.list.empty'));
    else output.result(answer.schedules.map((schedule) => describe(schedule, context)).join('\n\n'));
    if (!answer.isComplete) output.progress(output.paintProgress.yellow(say('schedules.list.incomplete')));
    return EXIT.ok;
  },
});

function describe(schedule: ScheduleSummary, context: CommandContext): string {
  const { say, output } = context;
  const { bold, dim, yellow } = output.paint;
  const policies = `overlap: ${schedule.overlap} · missed: ${schedule.missed}`;
  const rules = [schedule.cron, schedule.timezone, policies];
  if (schedule.except !== null) rules.push(`except: ${schedule.except}`);
  const lines = [`${bold(`${schedule.function} ${schedule.name}`)}  ${dim(rules.join(' · '))}`];
  if (schedule.pausedAt !== null) {
    lines.push(`  ${yellow(say('schedules.paused-since', { time: formatTime(schedule.pausedAt) }))}`);
  }
  return [...lines, ...ticksOf(schedule, context)].join('\n');
}

/** The last one and the next ones below each other, as the clocks of the schedule's zone show them. */
function ticksOf({ last, next, timezone }: ScheduleSummary, { say }: CommandContext): string[] {
  const labels = [say('schedules.last'), say('schedules.next')] as const;
  const width = Math.max(...labels.map(({ length }) => length));
  const line = (label: string, text: string): string => `  ${label.padEnd(width)}  ${text}`;
  const shown = next.map((tick) => formatZoned(tick, timezone));
  const [first = say('schedules.no-next'), ...others] = shown;
  const lines = [line(labels[1], first), ...others.map((text) => line('', text))];
  if (last === null) return lines;
  const time = formatZoned(last.until ?? last.scheduledAt, timezone);
  return [line(labels[0], `${time}  ${say(`tick.${last.state}`)}`), ...lines];
}
