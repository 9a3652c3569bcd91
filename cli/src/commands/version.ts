import { PROTOCOL_VERSION } from '@sovfn/protocol/version';
import { defineCommand, EXIT } from '../command.ts';
import { SOVFN_VERSION } from '../platform/version.ts';

export const version = defineCommand({
  examples: ['version', 'version --json'],
  args: {},
  positionals: {},
  async handler(_, { output, json }) {
    const sovfn = SOVFN_VERSION;
    const { node } = process.versions;
    if (json) output.json({ sovfn, node, protocol: PROTOCOL_VERSION });
    else output.result(`sovfn ${sovfn} (node ${node}, protocol ${PROTOCOL_VERSION})`);
    return EXIT.ok;
  },
});
