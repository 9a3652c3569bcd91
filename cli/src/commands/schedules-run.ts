import { PROTOCOL_VERSION } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { formatTime } from '../format.ts';

export const schedulesRun = defineCommand({
  examples: ['schedules run report nightly', 'schedules run report nightly --at 2026-10-25T02:30'],
  args: { at: { type: 'string', value: 'time', summary: 'schedules.run.at' } },
  positionals: { function: { summary: 'argument.function' }, schedule: { summary: 'argument.schedule' } },
  async handler({ function: name, schedule, at }, { connect, output, say, json }) {
    const answer = await (await connect()).schedules.run(name, schedule, { v: PROTOCOL_VERSION, at });
    if (json) output.json(answer);
    else {
      const { event, scheduledAt } = answer;
      const time = formatTime(scheduledAt);
      output.result(event);
      const told = say('schedules.run.accepted', { name, schedule, time, event });
      output.progress(`${output.paintProgress.green('✔')} ${told}`);
    }
    return EXIT.ok;
  },
});
