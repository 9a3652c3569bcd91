import { resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';
import { confirm } from '../confirm.ts';

export const nodesRemove = defineCommand({
  examples: ['nodes remove paris-1', 'nodes remove paris-1 --yes'],
  args: {
    yes: { type: 'boolean', short: 'y', summary: 'nodes.remove.yes' },
    data: { type: 'string', value: 'folder', summary: 'nodes.data' },
  },
  positionals: { node: { summary: 'argument.node' } },
  async handler({ node, yes, data }, context) {
    const { connectAsOperator, output, say, env, cwd, json } = context;
    const { platformFolder, removeNode } = await import('../platform/index.ts');
    const question = say('nodes.remove.question', { node });
    const unconfirmed = say('nodes.remove.unconfirmed', { node });
    if (!yes && !(await confirm({ question, unconfirmed }, context))) {
      output.progress(say('nodes.remove.kept', { node }));
      return EXIT.user;
    }
    const client = await connectAsOperator();
    await removeNode({
      data: await platformFolder(data === null ? null : resolve(cwd, data), env),
      node,
      tellGateways: (name, state) => client.setEnrolment(name, state),
    });
    if (json) output.json({ v: 1, node, state: 'removed' });
    else output.result(`${output.paint.green('✔')} ${say('nodes.remove.done', { node })}`);
    return EXIT.ok;
  },
});
