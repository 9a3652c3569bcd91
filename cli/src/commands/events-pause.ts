import { defineCommand, EXIT } from '../command.ts';

export const eventsPause = defineCommand({
  examples: ['events pause ledger'],
  args: {},
  positionals: { function: { summary: 'argument.function' } },
  async handler({ function: name }, { connect, output, say, json }) {
    const answer = await (await connect()).events.pause(name);
    if (json) output.json(answer);
    else output.result(`${output.paint.green('✔')} ${say('events.pause.done', { name })}`);
    return EXIT.ok;
  },
});

export const eventsResume = defineCommand({
  examples: ['events resume ledger'],
  args: {},
  positionals: { function: { summary: 'argument.function' } },
  async handler({ function: name }, { connect, output, say, json }) {
    const answer = await (await connect()).events.resume(name);
    if (json) output.json(answer);
    else output.result(`${output.paint.green('✔')} ${say('events.resume.done', { name })}`);
    return EXIT.ok;
  },
});
