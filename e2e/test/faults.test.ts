import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Ledger } from '../faults/ledger.ts';
import { storm } from '../faults/storm.ts';
import { deployStorm, STORM_FUNCTION } from '../faults/storm-functions.ts';

const STORM_MS = 240_000;

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
  await deployStorm(platform);
});
afterAll(() => platform[Symbol.asyncDispose]());

test.each([
  ['the gateway', 'gateway'],
  ['nats-server', 'bus'],
  ['MinIO', 'store'],
  ['the supervisor', 'node'],
  ['the cells', 'cell'],
] as const)(
  'kill -9 of %s while events are accepted and run: each accepted event ends once, with its output or its dead letter',
  async (_what, kind) => {
    const result = await storm(platform, { seed: kind.length, events: 150, faults: 2, kinds: [kind] });
    const { lost, doubled, pending, wrongEnds, twice, ended } = result;
    expect({ lost, doubled, pending, wrongEnds, twice }).toEqual({
      ...{ lost: [], doubled: [], pending: [], wrongEnds: [], twice: [] },
    });
    expect([...new Set(ended.values())].toSorted()).toEqual(['cancelled', 'dead-lettered', 'expired', 'succeeded']);
    expect(result.accepted).toBeGreaterThan(150);
  },
  STORM_MS,
);

test('the ledger that says so notices a message that was dropped by hand', async () => {
  await using ledger = await Ledger.open(platform, STORM_FUNCTION);
  const accept = async (): Promise<string> => {
    const headers = { prefer: 'respond-async', 'sovfn-delay': '1h' };
    const response = await platform.call(`/fn/${STORM_FUNCTION}/`, { method: 'POST', body: '1', headers });
    const id = response.headers.get('sovfn-event')!;
    ledger.note(id, { state: 'succeeded', output: 'done 1' });
    return id;
  };
  const [kept, dropped] = [await accept(), await accept()];
  expect(await ledger.check()).toMatchObject({ lost: [], pending: [kept, dropped] });
  await ledger.dropMessage(dropped);
  expect((await ledger.check()).lost).toEqual([dropped]);
});
