import { defineCommand, EXIT } from '../command.ts';

export const supportRevoke = defineCommand({
  examples: ['support revoke abcdefghijklmno2'],
  args: {},
  positionals: { id: { summary: 'argument.support-id' } },
  async handler({ id }, { connect, output, say, json }) {
    const answer = await (await connect()).access.revokeSupport(id);
    if (json) output.json(answer);
    else output.result(`${output.paint.green('✔')} ${say('support.ended', { id, tenant: answer.tenant })}`);
    return EXIT.ok;
  },
});
