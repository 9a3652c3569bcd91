import type { NodeRecord } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { Showing } from '../context.ts';
import { formatTime } from '../format.ts';
import { printable } from '../printable.ts';
import { formatTable } from '../table.ts';

export const nodesList = defineCommand({
  examples: ['nodes list', 'nodes list --json'],
  args: {},
  positionals: {},
  async handler(_, context) {
    const { connect, output, say, json } = context;
    const answer = await (await connect()).listNodes();
    if (json) output.json(answer);
    else if (answer.nodes.length === 0) output.progress(say('nodes.empty'));
    else output.result(renderNodes(answer.nodes, context));
    return EXIT.ok;
  },
});

function renderNodes(nodes: readonly NodeRecord[], { say, output }: Showing): string {
  const head = [
    say('column.node'),
    say('column.zone'),
    say('column.country'),
    say('column.operator'),
    say('column.lock'),
    say('column.expires'),
  ];
  const rows = nodes.map(({ name, zones, lockLevel, labels: { labels } }) => {
    const country = labels.basis === 'assumed' ? say('nodes.assumed', { country: labels.country }) : labels.country;
    const operator = printable(labels.operator ?? say('nodes.undeclared'));
    return [name, zones.join(', '), country, operator, String(lockLevel), formatTime(labels.expiresAt)];
  });
  return formatTable([head, ...rows], output.width);
}
