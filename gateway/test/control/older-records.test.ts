import { FunctionRegistry, NodeRegistry } from '@sovfn/bus';
import { PARIS } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { OlderRecords } from '../../src/control/deploy/older-records.ts';
import { GatewayBench } from '../peers/gateway-bench.ts';

let bench: GatewayBench;
beforeAll(async () => {
  bench = await GatewayBench.start();
}, 60_000);
afterAll(() => bench[Symbol.asyncDispose]());

function fail(key: string, reason: string): never {
  throw new Error(`record ${key}: ${reason}`);
}

test('a record of before gets the countries of the nodes that are there, once, and asks for what comes later', async () => {
  await bench.deploy({ name: 'ward', residency: 'eu' });
  await bench.deploy({ name: 'desk', residency: 'fr' });
  await bench.withConnection(async (connection) => {
    const registry = await FunctionRegistry.open(connection, fail);
    const nodes = await NodeRegistry.open(connection, bench.platform.signer.publicKey, fail);
    const older = new OlderRecords({ registry, nodes, onFailed: ({ name }, error) => fail(name, String(error)) });
    const countries = (): unknown[] => ['ward', 'desk'].map((name) => registry.get('main', name)?.countries);

    await older.look();
    expect(countries()).toEqual([undefined, undefined]);
    for (const [node, country] of [
      ['paris', 'FR'],
      ['bonn', 'DE'],
    ] as const) {
      await bench.announceNode(node, { ...PARIS, country, region: null }, 'eu');
      await vi.waitFor(() => expect(nodes.countriesIn('eu').has(country)).toBe(true));
      await older.look();
      expect(countries()).toEqual([{ eu: ['FR'] }, undefined]);
    }
    older.close();
    nodes.close();
    registry.close();
  });
});
