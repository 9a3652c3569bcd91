import { defineCommand, EXIT } from '../command.ts';

export const callbackKey = defineCommand({
  examples: ['callback-key report', 'callback-key report --json'],
  args: {},
  positionals: { function: { summary: 'argument.function' } },
  async handler({ function: name }, { connect, output, json }) {
    const answer = await (await connect()).showCallbackKey(name);
    if (json) output.json(answer);
    else output.result(answer.key);
    return EXIT.ok;
  },
});
