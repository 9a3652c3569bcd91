import { defineCommand, EXIT } from '../command.ts';
import { confirm } from '../confirm.ts';

export const secretsDelete = defineCommand({
  examples: ['secrets delete ledger OLD_KEY', 'secrets delete ledger OLD_KEY --yes'],
  args: { yes: { type: 'boolean', short: 'y', summary: 'delete.yes' } },
  positionals: { function: { summary: 'argument.function' }, name: { summary: 'argument.secret' } },
  async handler({ function: owner, name, yes }, context) {
    const { connect, output, say, json } = context;
    const client = await connect();
    const asked = {
      question: say('secrets.question', { owner, name }),
      unconfirmed: say('delete.unconfirmed', { name }),
    };
    if (!yes && !(await confirm(asked, context))) {
      output.progress(say('delete.kept', { name }));
      return EXIT.user;
    }
    const deleted = await client.deleteSecret(owner, name);
    if (json) output.json(deleted);
    else output.result(`${output.paint.green('✔')} ${say('delete.done', { name })}`);
    return EXIT.ok;
  },
});
