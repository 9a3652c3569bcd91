import { HEAVY_CPU_MS } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Deployed, Platform } from './platform.ts';

const HELLO = `fetch() { return new Response('bonjour') }`;
/** Some 0.2 s of CPU. */
const BURN = `fetch() { let sum = 0; for (let i = 0; i < 6e7; i++) sum += i % 7; return new Response('burnt'); }`;

const BURNING = { timeout: 180_000 };
let platform: Platform;

beforeAll(async () => {
  platform = await Platform.start();
});

afterAll(async () => platform[Symbol.asyncDispose]());

test('a function that may use much CPU by its limits has a cell of its own, which its tenant’s others share not', async () => {
  await using _node = await platform.startSupervisor({ cores: 4 });
  const one = await platform.deploy('one', HELLO);
  const other = await platform.deploy('other', HELLO);
  const heavy = await platform.deploy('heavy', HELLO, { config: { limits: { cpuMs: HEAVY_CPU_MS } } });
  const [oneCell, heavyCell, otherCell] = [await cellOf(one), await cellOf(heavy), await cellOf(other)];
  expect(oneCell).toBe(otherCell);
  expect(heavyCell).not.toBe(oneCell);
  expect(platform.probe.of('cell-assigned')).toMatchObject([{ cell: oneCell }, { cell: heavyCell, lane: 'heavy' }]);
});

test(
  'a function that turns out to use much CPU leaves the cell that it shares, and no call is lost',
  BURNING,
  async () => {
    await using _node = await platform.startSupervisor({ cores: 4 });
    const light = await platform.deploy('light', HELLO);
    const burner = await platform.deploy('burner', BURN, { config: { limits: { cpuMs: HEAVY_CPU_MS - 1 } } });
    const shared = await cellOf(light);
    expect(await cellOf(burner)).toBe(shared);
    let hasLeft = false;
    void platform.probe.seen('version-evicted', { function: 'burner', reason: 'heavy' }).then(() => (hasLeft = true));
    while (!hasLeft) expect(await platform.gateway.call(burner)).toMatchObject({ outcome: 'ok', body: 'burnt' });
    // A call that is on its way when the cell stops listening is still its own.
    await expect.poll(() => cellOf(burner)).not.toBe(shared);
    expect(await cellOf(light)).toBe(shared);
  },
);

test('a heavy function that is alone in its cell stays there', BURNING, async () => {
  await using _node = await platform.startSupervisor({ cores: 4 });
  const burner = await platform.deploy('alone', BURN, {
    config: { limits: { cpuMs: HEAVY_CPU_MS - 1 } },
    tenant: 'solo',
  });
  for (let call = 0; call < 15; call++) expect(await platform.gateway.call(burner)).toMatchObject({ outcome: 'ok' });
  expect(platform.probe.of('cell-assigned')).toHaveLength(1);
});

test('a heavy function shares a cell where no other can be had', async () => {
  await using _node = await platform.startSupervisor({ cores: 1 });
  const limits = { cpuMs: HEAVY_CPU_MS };
  const light = await platform.deploy('small', HELLO);
  const first = await platform.deploy('first', HELLO, { config: { limits } });
  const second = await platform.deploy('second', HELLO, { config: { limits } });
  const shared = await cellOf(light);
  expect(await cellOf(first)).not.toBe(shared);
  expect(await cellOf(second)).toBe(shared);
});

async function cellOf(to: Deployed): Promise<string> {
  const answer = await platform.gateway.call(to);
  expect(answer).toMatchObject({ outcome: 'ok' });
  return answer!.cell;
}
