import { PROTOCOL_VERSION } from '@sovfn/protocol';
import { defineCommand } from '../command.ts';
import { showVersionChange } from '../show-version-change.ts';

export const rollback = defineCommand({
  examples: ['rollback invoice', 'rollback invoice 3f2a91bc04de'],
  args: {},
  positionals: {
    function: { summary: 'argument.function' },
    version: { optional: true, summary: 'rollback.version' },
  },
  async handler({ function: name, version }, context) {
    const startedAt = performance.now();
    const client = await context.connect();
    const change = await client.rollback(name, { v: PROTOCOL_VERSION, version });
    return showVersionChange(change, startedAt, context);
  },
});
