/**
 * What a function that is flooded with events takes from others, counted in its own events, and not in milliseconds: how many of
 * them begin between the acceptance of another function's event and its end.
 */
import { FunctionRegistry, readMessages } from '@sovfn/bus';
import {
  type EventRecord,
  eventRecordSchema,
  firstRecord,
  type FunctionConfig,
  functionConfigSchema,
  recordStream,
  recordSubject,
  type VersionAddress,
} from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DispatchRecords } from '../../src/events/dispatch/dispatch-records.ts';
import { GatewayBench, TENANT, ZONE } from '../peers/gateway-bench.ts';
import type { ServedCall } from '../peers/peer-cell.ts';
import { EventWorld } from './event-world.ts';

const OTHERS = 100;
/** Others that have an event at the same time. */
const AT_ONCE = 4;
const BACKLOG = 500;
const SENDERS = 32;
const FLOODED = { name: 'flooded', events: { concurrency: 100, deadLetters: true } } as const;
/** With a share: two for each write that an other waits for. Without one: as many as the flooded function may run at once. */
const MOST_BETWEEN = 30;

let bench: GatewayBench;
let world: EventWorld;
let dispatch: DispatchRecords;
beforeAll(async () => {
  bench = await GatewayBench.start();
  world = await EventWorld.open(bench);
  dispatch = await DispatchRecords.open({
    connection: world.connection,
    onInvalid: (_key, reason) => expect.fail(reason),
  });
  await serveAll([FLOODED.name, ...Array.from({ length: OTHERS }, (_, n) => nameOf(n))]);
});
afterAll(async () => {
  dispatch.close();
  await world[Symbol.asyncDispose]();
  await bench[Symbol.asyncDispose]();
});

const nameOf = (n: number): string => `other-${n}`;
const at = (name: string) => ({ zone: ZONE, tenant: TENANT, function: name });

test(`while one function has hundreds of events and gets more, at most one event in ten of others waits for more than ${MOST_BETWEEN} of them`, async () => {
  await forAll(OTHERS, AT_ONCE, async (n) => world.accept(`/fn/${nameOf(n)}/`));
  await dispatch.pause(at(FLOODED.name));
  const acceptOne = async () => world.accept(`/fn/${FLOODED.name}/`);
  await forAll(BACKLOG, SENDERS, acceptOne);
  await dispatch.resume(at(FLOODED.name));
  const lives: EventRecord[] = [];
  let isOver = false;
  const flood = forAll(Infinity, SENDERS, acceptOne, () => isOver);
  try {
    await forAll(OTHERS, AT_ONCE, async (n) => {
      const { event } = await world.accept(`/fn/${nameOf(n)}/`);
      lives.push(await world.ended(nameOf(n), event));
    });
  } finally {
    isOver = true;
    await flood;
  }
  const starts = (await attemptsOf(FLOODED.name)).toSorted();
  const between = lives.map(({ acceptedAt, endedAt }) => starts.filter((t) => acceptedAt <= t && t <= endedAt!).length);
  expect(percentile90(between)).toBeLessThanOrEqual(MOST_BETWEEN);
  expect(starts.length, 'events of the flooded function that ran meanwhile').toBeGreaterThan(OTHERS / AT_ONCE);
});

test('a function whose calls take long has as many of them under way as it may, also while others have events', async () => {
  const concurrency = 5;
  const slow = await bench.serve({ name: 'slow', outputs: 'none', events: { concurrency, deadLetters: true } });
  for (let event = 0; event < concurrency; event++) await world.accept('/fn/slow/');
  const open: ServedCall[] = [];
  const steady = forAll(
    Infinity,
    1,
    async (n) => {
      const { event } = await world.accept(`/fn/${nameOf(n % OTHERS)}/`);
      await world.ended(nameOf(n % OTHERS), event);
    },
    () => open.length === concurrency,
  );
  while (open.length < concurrency) {
    open.push(await slow.calls.next());
    open.at(-1)!.taken();
  }
  await steady;
  for (const call of open) call.answer('ok');
});

/** In one process with its cells. */
async function serveAll(names: readonly string[]): Promise<void> {
  const cell = await bench.cell('c-all');
  const versions: VersionAddress[] = [];
  await bench.withConnection(async (connection) => {
    const registry = await FunctionRegistry.open(connection, (key, reason) => expect.fail(`${key}: ${reason}`));
    await forAll(names.length, AT_ONCE, async (n) => {
      const name = names[n]!;
      const version = (n + 1).toString(16).padStart(64, '0');
      await registry.write(recordOf(name, version), 0);
      versions.push({ ...at(name), version });
    });
    registry.close();
  });
  for (const version of versions) await cell.serve(version, (served) => served.answer('ok'));
  for (const version of versions) await bench.untilVisible(version);
}

function recordOf(name: string, version: string): Parameters<FunctionRegistry['write']>[0] {
  const given = name === FLOODED.name ? FLOODED : { name };
  const { $schema: _unused, ...config } = functionConfigSchema.parse({ main: 'index.ts', outputs: 'none', ...given });
  const manifest = { v: 1, config: config as FunctionConfig, bundleSha256: version, bundleBytes: 1 } as const;
  return firstRecord({ tenant: TENANT, version, manifest, deployedAt: new Date().toISOString() });
}

/** When the events of a function began, as far as they did. */
async function attemptsOf(name: string): Promise<string[]> {
  const found: EventRecord[] = [];
  for await (const page of readMessages(world.connection, recordStream(ZONE), recordSubject(at(name), '*'))) {
    found.push(...page.map(({ data }) => eventRecordSchema.parse(JSON.parse(Buffer.from(data).toString()))));
  }
  return found.flatMap(({ attempts }) => attempts.map(({ startedAt }) => startedAt));
}

async function forAll(
  count: number,
  atOnce: number,
  act: (n: number) => Promise<unknown>,
  isOver = () => false,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count && !isOver()) await act(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function percentile90(counts: readonly number[]): number {
  return counts.toSorted((a, b) => a - b)[Math.floor(counts.length * 0.9)]!;
}
