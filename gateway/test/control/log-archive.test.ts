/** Logs that the bus has let go of, in a real object store. */
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { createLogStreams } from '@sovfn/bus';
import { type ObjectStore, openStore } from '@sovfn/store';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ArchiveRunner } from '../../src/archive/archive-runner.ts';
import type { StreamArchive } from '../../src/archive/stream-archive.ts';
import { LogArchive } from '../../src/control/logs/log-archive.ts';
import { line, LogBench } from './log-bench.ts';

const BUCKET = 'logs';
const POSITIONS = 'sovfn-events';
const POSITION = '_archived/LOG_fr.json';
const DAY_MS = 86_400_000;
const NEVER = new AbortController().signal;

let log: LogBench;
let connection: NatsConnection & AsyncDisposable;
let manager: JetStreamManager;
let store: ObjectStore;
beforeAll(async () => {
  log = await LogBench.start({ logs: BUCKET });
  connection = await log.asController();
  manager = await jetstreamManager(connection);
  store = openStore({ ...log.control.minio.endpoint, tls: false });
});
beforeEach(() => log.nextFunction());
afterAll(async () => {
  store.close();
  await connection[Symbol.asyncDispose]();
  await log[Symbol.asyncDispose]();
});

const makeArchive = (): LogArchive =>
  new LogArchive({ connection, store, bucket: BUCKET, positions: POSITIONS, zones: ['fr'] });
const archiveOf = (): StreamArchive => makeArchive().of('fr');
const forgetAll = () => manager.streams.purge('LOG_fr');
const segments = async (of = log.name) => (await store.list(BUCKET, `main/${of}/`, { limit: 1_000 })).objects;

/** Publishes lines, one batch each, and waits until the stream has them. */
async function publishLines(texts: readonly string[], first: number): Promise<void> {
  const { last_seq: before } = (await manager.streams.info('LOG_fr')).state;
  await log.publish(...texts.map((text, i) => log.batch([line(text)], { first: first + i })));
  const stored = async () => (await manager.streams.info('LOG_fr')).state.last_seq - before;
  await expect.poll(stored).toBe(texts.length);
}

test('what the bus has let go of is found, searched and followed on from the same position', async () => {
  await publishLines(['one', 'two'], 0);
  const before = await log.follow('&since=2026-01-01T00:00:00.000Z');
  const { id } = await before.events.next();
  before.leave();
  await archiveOf().run(NEVER);
  await forgetAll();
  await publishLines(['three'], 2);
  await archiveOf().run(NEVER);
  await forgetAll();
  await publishLines(['four'], 3);
  expect(await log.history()).toMatchObject({ hasOlder: false, gaps: [] });
  expect(await log.texts()).toEqual(['one', 'two', 'three', 'four']);
  expect(await log.texts('?search=TW')).toEqual(['two']);
  const again = await log.follow(`&cursor=${encodeURIComponent(id!)}`);
  const seen = [];
  for (let entry = 0; entry < 3; entry++) seen.push(await again.events.next());
  expect(seen).toMatchObject(['two', 'three', 'four'].map((text) => ({ kind: 'log', data: { text } })));
  await publishLines(['five'], 4);
  expect(await again.events.next()).toMatchObject({ kind: 'log', data: { text: 'five' } });
  again.leave();
});

test('killed between a segment and the position, and beside another gateway, nothing is lost and nothing comes twice', async () => {
  const archive = archiveOf();
  await publishLines(['a'], 0);
  await archive.run(NEVER);
  const position = await store.get(POSITIONS, POSITION, { maxBytes: 1_000 });
  await publishLines(['b', 'c'], 1);
  await archive.run(NEVER);
  await store.put(POSITIONS, POSITION, position);
  await publishLines(['d'], 3);
  await Promise.all([archive.run(NEVER), archiveOf().run(NEVER)]);
  await publishLines(['e', 'f'], 4);
  await Promise.all([archive.run(NEVER), archiveOf().run(NEVER)]);
  expect((await segments()).length).toBeGreaterThan(3);
  await forgetAll();
  expect(await log.texts()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
});

test('after the stream was lost and begins anew, old and new lines are there', async () => {
  await publishLines(['old 1', 'old 2', 'old 3'], 0);
  await archiveOf().run(NEVER);
  await manager.streams.delete('LOG_fr');
  await createLogStreams(connection, ['fr']);
  await publishLines(['new 1', 'new 2'], 0);
  await archiveOf().run(NEVER);
  expect(await log.texts()).toEqual(['old 1', 'old 2', 'old 3', 'new 1', 'new 2']);
  await forgetAll();
  expect(await log.texts()).toEqual(['old 1', 'old 2', 'old 3', 'new 1', 'new 2']);
});

test('what the bus let go of before it was archived is said to be missing', async () => {
  await publishLines(['archived'], 0);
  await archiveOf().run(NEVER);
  const { events, leave } = await log.follow('&since=2026-01-01T00:00:00.000Z');
  const { id } = await events.next();
  leave();
  await publishLines(['lost'], 1);
  await forgetAll();
  await publishLines(['after'], 2);
  const again = await log.follow(`&cursor=${encodeURIComponent(id!)}`);
  const seen = [await again.events.next(), await again.events.next()].map(({ data }) => data);
  expect(seen).toMatchObject([{ reason: 'expired', count: null }, { text: 'after' }]);
  again.leave();
  expect((await archiveOf().run(NEVER)).hasMissed).toBe(true);
  await forgetAll();
  expect(await log.history()).toMatchObject({
    entries: [{ text: 'archived' }, { text: 'after' }],
    gaps: [{ before: 1, count: 1 }],
  });
});

test('a function’s own time ends its log in the archive too, and a longer one is kept and shown', async () => {
  await log.control.bench.untilVisible(await log.control.bench.deploy({ name: log.name, logs: { days: 30 } }));
  await publishLines(['kept'], 0);
  await archiveOf().run(NEVER);
  const long = log.name;
  await log.nextFunction();
  await publishLines(['short'], 0);
  await archiveOf().run(NEVER);
  await forgetAll();
  const short = log.name;
  const inDays = (days: number) => Date.now() + days * DAY_MS + 3_600_000;
  const registry = { get: (_: string, name: string) => recordOf(name === long ? 30 : undefined) };
  await makeArchive().sweep(registry, inDays(6));
  expect([await log.texts('', long), await log.texts('', short)]).toEqual([['kept'], ['short']]);
  await makeArchive().sweep(registry, inDays(8));
  expect([await log.texts('', long), await log.texts('', short)]).toEqual([['kept'], []]);
  await makeArchive().sweep(registry, inDays(31));
  expect([await segments(long), await segments(short)]).toEqual([[], []]);
});

test('a damaged segment, and an object store that is away, leave a gap, and the rest is shown', async () => {
  await publishLines(['damaged'], 0);
  await archiveOf().run(NEVER);
  const [damaged] = await segments();
  await publishLines(['whole'], 1);
  await archiveOf().run(NEVER);
  await forgetAll();
  await publishLines(['on the bus'], 2);
  await store.put(BUCKET, damaged!.name, Buffer.from('{"v":1,"messages":[[1,1,9]]}\nshort'));
  const entries = [{ text: 'whole' }, { text: 'on the bus' }];
  expect(await log.history()).toMatchObject({ entries, gaps: [{ before: 0, count: null }] });
  await log.control.minio.kill();
  expect(await log.history()).toMatchObject({ entries: entries.slice(1), gaps: [{ before: 0, count: null }] });
  const { events, leave } = await log.follow('&since=2026-01-01T00:00:00.000Z');
  const seen = [await events.next(), await events.next()].map(({ data }) => data);
  expect(seen).toMatchObject([{ reason: 'unreadable', count: null }, { text: 'on the bus' }]);
  leave();
  await log.control.minio.restart();
});

test('a gateway archives what has waited for its time, and no sooner', async () => {
  const failures: unknown[] = [];
  const hooks = { onFailed: (_: string, error: unknown) => failures.push(error), onMissed: () => undefined };
  const [stream] = makeArchive().streams;
  await using patient = new ArchiveRunner({ connection, streams: [stream!], ...hooks });
  await patient.look();
  await publishLines(['x'], 0);
  await patient.look();
  expect(await segments()).toEqual([]);
  await using hasty = new ArchiveRunner({ connection, streams: [{ ...stream!, afterMs: 0 }], ...hooks });
  await hasty.look();
  expect(await segments()).toHaveLength(1);
  await hasty.look();
  expect(await segments()).toHaveLength(1);
  expect(failures).toEqual([]);
});

/** Of the registry, as far as it says how long a log is kept. */
function recordOf(days: number | undefined) {
  const logs = days === undefined ? {} : { logs: { days } };
  return { manifest: { config: logs } } as unknown as ReturnType<Parameters<LogArchive['sweep']>[0]['get']>;
}
