import { defineCommand, EXIT } from '../command.ts';
import { zoneText } from '../render-zone.ts';
import { formatFacts } from '../table.ts';
import { TranslatedError } from '../translated-error.ts';

export const zonesShow = defineCommand({
  examples: ['zones show secnum', 'zones show secnum --json > secnum.json'],
  args: {},
  positionals: { zone: { summary: 'argument.named-zone' } },
  async handler({ zone: name }, { connect, output, say, json }) {
    const { v, zones } = await (await connect()).listZones();
    const found = zones.find((zone) => zone.name === name);
    if (found === undefined || found.definition === null) {
      const what = found === undefined ? 'zones.unknown' : 'zones.has-no-definition';
      throw new TranslatedError('not-found', say(what, { name }), { hint: say('zones.unknown.hint') });
    }
    const { definition, nodes } = found;
    if (json) output.json({ v, zone: definition });
    else {
      const rows = [
        [say('column.asks'), zoneText(definition, say)],
        [say('column.nodes'), nodes.length === 0 ? say('zones.no-node') : nodes.join(', ')],
      ];
      output.result(formatFacts(rows, output.width));
    }
    return EXIT.ok;
  },
});
