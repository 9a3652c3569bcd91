import type { PlatformStatus } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { formatTime } from '../format.ts';
import type { Say } from '../language.ts';
import type { Paint } from '../paint.ts';
import { formatTable } from '../table.ts';

export const status = defineCommand({
  examples: ['status', 'status --json && echo ready'],
  args: {},
  positionals: {},
  async handler(_, { connect, output, say, json }) {
    const answer = await (await connect()).status();
    if (json) output.json(answer);
    else output.result(renderStatus(answer, say, output.paint));
    return answer.ready ? EXIT.ok : EXIT.system;
  },
});

function renderStatus(status: PlatformStatus, say: Say, paint: Paint): string {
  const marks = { ready: paint.green('✔'), degraded: paint.yellow('!'), down: paint.red('✖') };
  const parts = formatTable(status.parts.map(({ name, state, detail }) => [name, say(`status.${state}`), detail]));
  const lines = parts.split('\n').map((line, position) => `${marks[status.parts[position]!.state]} ${line}`);
  const nodes = status.nodes.map(({ name, zones, cells, versions, seenAt }) => {
    return [name, zones.join(', '), String(cells), String(versions), formatTime(seenAt)];
  });
  const head = [
    say('column.node'),
    say('column.zone'),
    say('column.cells'),
    say('column.versions'),
    say('column.seen'),
  ];
  return [
    lines.join('\n'),
    [
      say('status.address', { url: status.gateway.publicUrl }),
      say('status.functions', { count: status.functions }),
    ].join('\n'),
    ...(nodes.length === 0 ? [] : [formatTable([head, ...nodes])]),
    ...(status.pendingOutputs === null || status.pendingOutputs === 0
      ? []
      : [say('status.pending', { count: status.pendingOutputs })]),
  ].join('\n\n');
}
