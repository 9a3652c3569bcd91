import { defineCommand, EXIT } from '../command.ts';
import { confirm } from '../confirm.ts';

export const deleteFunction = defineCommand({
  examples: ['delete invoice', 'delete invoice --yes', 'delete invoice --purge --yes'],
  args: {
    yes: { type: 'boolean', short: 'y', summary: 'delete.yes' },
    purge: { type: 'boolean', summary: 'delete.purge' },
  },
  positionals: { function: { summary: 'argument.function' } },
  async handler({ function: name, yes, purge }, context) {
    const { connect, output, say, json } = context;
    const client = await connect();
    const asked = { question: say('delete.question', { name }), unconfirmed: say('delete.unconfirmed', { name }) };
    if (!yes && !(await confirm(asked, context))) {
      output.progress(say('delete.kept', { name }));
      return EXIT.user;
    }
    const deleted = await client.deleteFunction(name, { purge });
    if (json) output.json(deleted);
    else output.result(`${output.paint.green('✔')} ${say('delete.done', { name })}`);
    return EXIT.ok;
  },
});
