import { resolve } from 'node:path';
import { defineCommand, EXIT } from '../command.ts';
import { assertNodeName, readHostPort, readValidity } from '../fleet-arguments.ts';
import { formatTime } from '../format.ts';
import { declaredPlace, listOf, PLACE_ARGUMENTS } from '../place-arguments.ts';
import { usageError } from '../usage-errors.ts';
import { openNewSecret } from '../write-named-file.ts';

const VALID = '24h';

export const nodesAdd = defineCommand({
  examples: [
    'nodes add paris-1 --country FR --region fr-idf --city Paris --operator Exemple --legal-seat FR',
    'nodes add bonn-1 --country DE --zones eu --out bonn-1.json',
  ],
  args: {
    ...PLACE_ARGUMENTS,
    country: { type: 'string', value: 'FR', summary: 'nodes.add.country' },
    zones: { type: 'string', value: 'list', summary: 'nodes.add.zones' },
    address: { type: 'string', value: 'host:port', summary: 'nodes.add.address' },
    valid: { type: 'string', value: VALID, summary: 'nodes.add.valid' },
    out: { type: 'string', value: 'file', summary: 'nodes.add.out' },
    data: { type: 'string', value: 'folder', summary: 'nodes.data' },
  },
  positionals: { node: { summary: 'argument.new-node' } },
  async handler(values, { connectAsOperator, output, say, env, cwd, json }) {
    const { node, zones, address, valid, out, data } = values;
    const { country, ...place } = declaredPlace(values);
    if (country === undefined) throw usageError(say('nodes.add.no-country'), say('nodes.add.no-country.hint'));
    assertNodeName(node, say);
    const validMs = readValidity(valid ?? VALID, say);
    const reachedAt = address === null ? null : readHostPort('address', address, say);
    const { addNode, platformFolder } = await import('../platform/index.ts');
    const client = await connectAsOperator();
    // Before anything is changed: a bundle that cannot be written would be lost.
    await using file = await openNewSecret(resolve(cwd, out ?? `${node}.json`), say);
    const bundle = await addNode({
      data: await platformFolder(data === null ? null : resolve(cwd, data), env),
      node,
      place: { country, ...place },
      zones: zones === null ? null : listOf(zones),
      address: reachedAt,
      validMs,
      tellGateways: (name, state) => client.setEnrolment(name, state),
    });
    await file.write(`${JSON.stringify(bundle, null, 2)}\n`);
    const { host, port } = bundle.link;
    const facts = { node, file: file.path, address: `${host}:${port}`, expiresAt: bundle.expiresAt };
    if (json) output.json({ v: 1, ...facts });
    else output.result(say('nodes.add.done', { ...facts, expiresAt: formatTime(bundle.expiresAt) }));
    return EXIT.ok;
  },
});
