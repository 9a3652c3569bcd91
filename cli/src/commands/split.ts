import { PROTOCOL_VERSION } from '@sovfn/protocol';
import { defineCommand } from '../command.ts';
import { showVersionChange } from '../show-version-change.ts';
import { readShare, readStickyKey, readWatch } from '../split-arguments.ts';

export const split = defineCommand({
  examples: [
    'split invoice 10%',
    'split invoice 50% --version 3f2a91bc04de --by cookie:session',
    'split invoice 25% --watch 5m',
    'split invoice 0%',
  ],
  args: {
    version: { type: 'string', value: 'version', summary: 'split.version' },
    by: { type: 'string', value: 'key', summary: 'split.by' },
    watch: { type: 'string', value: 'duration', summary: 'split.watch' },
  },
  positionals: { function: { summary: 'argument.function' }, share: { summary: 'split.share' } },
  async handler({ function: name, share, version, by, watch }, context) {
    const startedAt = performance.now();
    const percent = readShare(share, context, { mayBeNone: true });
    const [key, watchMs] = [readStickyKey(by, context), readWatch(watch, context)];
    const client = await context.connect();
    const change =
      percent === 0
        ? await client.endSplit(name)
        : await client.split(name, { v: PROTOCOL_VERSION, version, percent, key, watchMs });
    return showVersionChange(change, startedAt, context);
  },
});
