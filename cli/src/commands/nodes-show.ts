import type { NodeRecord } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { Showing } from '../context.ts';
import { formatTime } from '../format.ts';
import { printable } from '../printable.ts';
import { formatFacts } from '../table.ts';
import { TranslatedError } from '../translated-error.ts';

export const nodesShow = defineCommand({
  examples: ['nodes show node-1', 'nodes show node-1 --json'],
  args: {},
  positionals: { node: { summary: 'argument.node' } },
  async handler({ node: name }, context) {
    const { connect, output, say, json } = context;
    const { v, nodes } = await (await connect()).listNodes();
    const node = nodes.find((record) => record.name === name);
    if (node === undefined) {
      throw new TranslatedError('not-found', say('nodes.unknown', { name }), { hint: say('nodes.unknown.hint') });
    }
    if (json) output.json({ ...node, v });
    else output.result(renderNode(node, context));
    return EXIT.ok;
  },
});

function renderNode(
  { zones, lockLevel, brokerLockLevel, cells, versions, software, seenAt, labels: { labels } }: NodeRecord,
  { say, output }: Showing,
): string {
  const told = (text: string | null): string => printable(text ?? say('nodes.undeclared'));
  const country = labels.basis === 'assumed' ? say('nodes.assumed', { country: labels.country }) : labels.country;
  const rows = [
    [say('nodes.row.serves'), zones.join(', ')],
    [say('nodes.row.satisfies'), labels.zones.join(', ')],
    [say('nodes.row.country'), country],
    [say('nodes.row.region'), told(labels.region)],
    [say('nodes.row.city'), told(labels.city)],
    [say('nodes.row.operator'), told(labels.operator)],
    [say('nodes.row.provider'), told(labels.provider)],
    [say('nodes.row.seat'), told(labels.legalSeat)],
    [say('nodes.row.certs'), told(labels.certs.length === 0 ? null : labels.certs.join(', '))],
    [
      say('nodes.row.labels'),
      say('nodes.labels', { from: formatTime(labels.issuedAt), to: formatTime(labels.expiresAt) }),
    ],
    [say('nodes.row.lock'), say(lockLevel === 1 ? 'nodes.lock.process' : 'nodes.lock.filtered', { level: lockLevel })],
    [say('nodes.row.broker'), say(lockTextOf(brokerLockLevel), { level: brokerLockLevel ?? 0 })],
    [say('nodes.row.load'), say('nodes.load', { cells, versions })],
    [say('nodes.row.software'), told(software === null ? null : `sovfn ${software.sovfn}, Node ${software.node}`)],
    [say('nodes.row.seen'), formatTime(seenAt)],
  ];
  return [formatFacts(rows, output.width), say('nodes.claim')].join('\n\n');
}

function lockTextOf(level: number | null): 'nodes.broker.none' | 'nodes.broker.process' | 'nodes.broker.filtered' {
  if (level === null) return 'nodes.broker.none';
  return level === 1 ? 'nodes.broker.process' : 'nodes.broker.filtered';
}
