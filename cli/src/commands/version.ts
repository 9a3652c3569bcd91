import { PROTOCOL_VERSION } from '@sovfn/protocol';
import { readFile } from 'node:fs/promises';
import { defineCommand, EXIT } from '../command.ts';

export const version = defineCommand({
  examples: ['version', 'version --json'],
  args: {},
  positionals: {},
  async handler(_, { output, json }) {
    const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
    const { version: sovfn } = JSON.parse(manifest) as { version: string };
    const { node } = process.versions;
    if (json) output.json({ sovfn, node, protocol: PROTOCOL_VERSION });
    else output.result(`sovfn ${sovfn} (node ${node}, protocol ${PROTOCOL_VERSION})`);
    return EXIT.ok;
  },
});
