import type { ZoneList } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import type { Showing } from '../context.ts';
import { zoneText } from '../render-zone.ts';
import { formatTable } from '../table.ts';

export const zonesList = defineCommand({
  examples: ['zones list', 'zones list --json'],
  args: {},
  positionals: {},
  async handler(_, context) {
    const { connect, output, json } = context;
    const answer = await (await connect()).listZones();
    if (json) output.json(answer);
    else output.result(renderZones(answer.zones, context));
    return EXIT.ok;
  },
});

function renderZones(zones: ZoneList['zones'], { say, output }: Showing): string {
  const rows = zones.map(({ name, definition, nodes }) => {
    const asks = definition === null ? say('zones.derived') : zoneText(definition, say);
    return [name, asks, nodes.length === 0 ? say('zones.no-node') : nodes.join(', ')];
  });
  return formatTable([[say('column.zone'), say('column.asks'), say('column.nodes')], ...rows], output.width);
}
