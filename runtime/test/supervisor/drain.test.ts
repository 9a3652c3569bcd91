import { NodeRegistry } from '@sovfn/bus';
import { controlSubject } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Platform, ZONE } from './platform.ts';

let platform: Platform;
beforeAll(async () => {
  platform = await Platform.start();
});
afterAll(() => platform[Symbol.asyncDispose]());

const SLOW = `fetch() { return new Promise((resolve) => setTimeout(() => resolve(new Response('done')), 1500)) }`;

const order = (text: string): void => platform.connection.publish(controlSubject('node-1'), text);

test('a node that is told to drain ends the calls it has, takes no further ones, and is not counted on', async () => {
  const nodes = await NodeRegistry.open(platform.connection, platform.publicKey, (key, reason) => {
    throw new Error(`${key}: ${reason}`);
  });
  await using supervisor = await platform.startSupervisor();
  const slow = await platform.deploy('slow', SLOW);
  const running = platform.gateway.call(slow);
  await platform.probe.seen('version-loaded', { function: 'slow' });
  await expect.poll(() => nodes.countriesIn(ZONE).size > 0).toBe(true);
  order('{"v":1,"type":"explode"}');
  await platform.probe.seen('order-malformed');
  order('{"v":1,"type":"drain"}');
  await expect.poll(() => nodes.countriesIn(ZONE).size > 0).toBe(false);
  expect(nodes.all()).toMatchObject([{ name: supervisor.node, isDraining: true }]);
  expect(await running).toMatchObject({ outcome: 'ok', body: 'done' });
  await platform.probe.seen('node-drained', { killedCells: 0 });
  expect(await platform.gateway.call(slow)).toBeNull();
  await expect.poll(() => nodes.all()[0]?.cells).toBe(0);
  nodes.close();
});
