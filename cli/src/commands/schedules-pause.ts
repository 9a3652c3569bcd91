import { defineCommand, EXIT } from '../command.ts';

export const schedulesPause = defineCommand({
  examples: ['schedules pause report nightly'],
  args: {},
  positionals: { function: { summary: 'argument.function' }, schedule: { summary: 'argument.schedule' } },
  async handler({ function: name, schedule }, { connect, output, say, json }) {
    const answer = await (await connect()).schedules.pause(name, schedule);
    if (json) output.json(answer);
    else output.result(`${output.paint.green('✔')} ${say('schedules.pause.done', { name, schedule })}`);
    return EXIT.ok;
  },
});

export const schedulesResume = defineCommand({
  examples: ['schedules resume report nightly'],
  args: {},
  positionals: { function: { summary: 'argument.function' }, schedule: { summary: 'argument.schedule' } },
  async handler({ function: name, schedule }, { connect, output, say, json }) {
    const answer = await (await connect()).schedules.resume(name, schedule);
    if (json) output.json(answer);
    else output.result(`${output.paint.green('✔')} ${say('schedules.resume.done', { name, schedule })}`);
    return EXIT.ok;
  },
});
