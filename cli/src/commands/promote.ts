import { PROTOCOL_VERSION } from '@sovfn/protocol';
import { defineCommand } from '../command.ts';
import { showVersionChange } from '../show-version-change.ts';

export const promote = defineCommand({
  examples: ['promote invoice', 'promote invoice 3f2a91bc04de'],
  args: {},
  positionals: {
    function: { summary: 'argument.function' },
    version: { optional: true, summary: 'promote.version' },
  },
  async handler({ function: name, version }, context) {
    const startedAt = performance.now();
    const client = await context.connect();
    const change = await client.promote(name, { v: PROTOCOL_VERSION, version });
    return showVersionChange(change, startedAt, context);
  },
});
