import { setTimeout as delay } from 'node:timers/promises';
import type { NodeRecord } from '@sovfn/protocol';
import { defineCommand, EXIT } from '../command.ts';

const LOOK_MS = 500;

export const nodesDrain = defineCommand({
  examples: ['nodes drain paris-1', 'nodes drain paris-1 --no-wait'],
  args: { 'no-wait': { type: 'boolean', summary: 'nodes.drain.no-wait' } },
  positionals: { node: { summary: 'argument.node' } },
  async handler({ node: name, 'no-wait': isQuick }, { connectAsOperator, output, say, json, signal }) {
    const client = await connectAsOperator();
    let node: NodeRecord | null = await client.drainNode(name);
    let said = 0;
    // A node that is gone has ended its calls, or they have ended with it.
    while (!isQuick && node !== null && node.cells > 0) {
      if (node.cells !== said) output.progress(say('nodes.drain.waiting', { node: name, cells: node.cells }));
      said = node.cells;
      await delay(LOOK_MS, undefined, { signal });
      node = (await client.listNodes()).nodes.find((record) => record.name === name) ?? null;
    }
    if (json) output.json({ v: 1, node: name, cells: node?.cells ?? 0 });
    else output.result(`${output.paint.green('✔')} ${say('nodes.drain.done', { node: name })}`);
    return EXIT.ok;
  },
});
