/** A scrape must not grow with what is deployed or what waits: what it asks the bus for is counted, not timed. */
import { connectBus, FunctionRegistry } from '@sovfn/bus';
import { firstRecord, functionConfigSchema, inboxPrefix } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOOK_MS } from '../../src/metrics/backlog/backlog-reader.ts';
import { ControlBench } from '../control/control-bench.ts';
import { EventWorld } from '../events/event-world.ts';
import { TENANT } from '../peers/gateway-bench.ts';
import { scrape, untilScrape } from './scrape.ts';

const FUNCTIONS = 1_000;
/** Six kinds of what may wait, in one zone: a count of each, and a list where there is something. */
const MOST_QUESTIONS = 12;

let control: ControlBench;
let world: EventWorld;
const parts = new AsyncDisposableStack();
beforeAll(async () => {
  control = parts.use(await ControlBench.start());
  world = parts.use(await EventWorld.open(control.bench));
  await control.bench.serve({ name: 'busy', outputs: 'none' });
  await deployMany();
});
afterAll(() => parts.disposeAsync());

async function deployMany(): Promise<void> {
  const { credential } = await control.bench.gatewayCredential('gw-8');
  const prefix = `${inboxPrefix('gateway')}.gw-8`;
  const { address } = control.bench;
  const connection = await connectBus({ address, credential, name: 'deployer', inboxPrefix: prefix });
  const registry = await FunctionRegistry.open(connection, (key, reason) => {
    throw new Error(`${key}: ${reason}`);
  });
  const deployedAt = new Date().toISOString();
  const version = 'a'.repeat(64);
  const writes = Array.from({ length: FUNCTIONS }, async (_, index) => {
    const { $schema: _unused, ...config } = functionConfigSchema.parse({ name: `f-${index}`, main: 'index.ts' });
    const manifest = { v: 1 as const, config, bundleSha256: version, bundleBytes: 1 };
    await registry.write(firstRecord({ tenant: TENANT, version, manifest, deployedAt }), 0);
  });
  await Promise.all(writes);
  registry.close();
  await connection.close();
}

/** What gateways ask JetStream about what waits, from now on: counts and lists, of whole zones or single functions. */
async function listenToQuestions(): Promise<string[]> {
  const credential = await control.bench.listenerCredential('$JS.API.>');
  const { address } = control.bench;
  const connection = await connectBus({ address, credential, name: 'listener', inboxPrefix: '_INBOX_listener' });
  parts.defer(() => connection.close());
  const asked: string[] = [];
  connection.subscribe('$JS.API.>', {
    callback: (_error, { subject, data }) => {
      const payload = Buffer.from(data).toString();
      const isAboutBacklog = /"(?:next_by_subj|subjects_filter)":"(?:evt|sched|que|quesched|dlq|spill)\./.test(payload);
      if (isAboutBacklog) asked.push(`${subject} ${payload}`);
    },
  });
  await connection.flush();
  return asked;
}

test('with 1,000 functions and events that wait, scrapes ask the bus for no more than a count and a list of each kind', async () => {
  await untilScrape(control, (seen) => seen.all('sovfn_function_info').length === FUNCTIONS + 1);
  await control.ask('POST', '/v1/functions/busy/events/pause');
  for (let each = 0; each < 10; each++) await world.accept('/fn/busy/');
  await untilScrape(control, (seen) => seen.value('sovfn_events_pending', { function: 'busy' }) === 10);
  const asked = await listenToQuestions();
  const begun = performance.now();
  // The last look may still be fresh, so the next one is waited for.
  while (asked.length === 0) await scrape(control);
  const seen = await Promise.all(Array.from({ length: 20 }, () => scrape(control)));
  const looks = Math.ceil((performance.now() - begun) / LOOK_MS) + 1;
  const byQuestion = Map.groupBy(asked, (question) => question);
  expect(byQuestion.size).toBeLessThanOrEqual(MOST_QUESTIONS);
  for (const same of byQuestion.values()) expect(same.length).toBeLessThanOrEqual(looks);
  for (const each of seen) expect(each.value('sovfn_events_pending', { function: 'busy' })).toBe(10);
  expect(asked.filter((question) => /f-\d/.test(question))).toEqual([]);
});

test('functions that were never called cost a scrape one series each', async () => {
  const seen = await scrape(control);
  expect(seen.of('f-1').map(({ name }) => name)).toEqual(['sovfn_function_info']);
  expect(seen.value('sovfn_functions')).toBe(FUNCTIONS + 1);
});
