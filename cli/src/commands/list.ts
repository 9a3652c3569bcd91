import { shortVersion } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';
import { formatTime } from '../format.ts';
import { formatTable } from '../table.ts';
import { connectToRead, READING_ARGUMENTS } from '../support-reading.ts';

export const list = defineCommand({
  examples: ['list', 'list --json'],
  args: READING_ARGUMENTS,
  positionals: {},
  async handler({ tenant }, context) {
    const { output, say, json } = context;
    const answer = await (await connectToRead(tenant, context)).listFunctions();
    if (json) output.json(answer);
    else if (answer.functions.length === 0) output.progress(say('list.empty'));
    else {
      const head = [say('column.function'), say('column.version'), say('column.zone'), say('column.deployed'), 'URL'];
      const rows = answer.functions.map(({ name, version, zone, deployedAt, urls }) => {
        return [name, shortVersion(version), zone, formatTime(deployedAt), urls[0] ?? ''];
      });
      output.result(formatTable([head, ...rows], output.width));
    }
    return EXIT.ok;
  },
});
