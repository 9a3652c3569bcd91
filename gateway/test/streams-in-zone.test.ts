import { jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  eventStream,
  FUNCTIONS_BUCKET,
  inboxPrefix,
  kvBucket,
  spillStream,
  TOKENS_BUCKET,
  zoneServerTag,
} from '@sovfn/protocol';
import { expect, test, vi } from 'vitest';
import { GatewayBench, ZONE } from './peers/gateway-bench.ts';

/** Made by each of the ways in which streams are made. */
const OF_BEFORE = [eventStream(ZONE), spillStream(ZONE), `KV_${kvBucket(ZONE)}`, `KV_${FUNCTIONS_BUCKET}`];
const IN_GERMANY = 'server_tags: ["zone:de", "zone:eu"]';
const OUT = {
  code: 'stream-out-of-zone',
  message: expect.stringMatching(
    /^the stream \S+ lies on the NATS server ".+", which does not carry the tag zone:fr$/,
  ) as string,
  hint: expect.stringContaining('server_tags: ["zone:fr"]') as string,
};

test('a gateway refuses to start on a server that does not say it is in the zone', async () => {
  for (const tags of ['server_tags: []', IN_GERMANY]) {
    await expect(GatewayBench.start({ nats: { config: tags } })).rejects.toMatchObject(OUT);
  }
});

test('a cluster none of whose servers is in the zone gets no stream, and the error says which tag is missing', async () => {
  await expect(GatewayBench.start({ isCluster: true, nats: { config: IN_GERMANY } })).rejects.toMatchObject({
    code: 'stream-out-of-zone',
    message: expect.stringContaining('NATS has no servers for the streams of zone "fr"') as string,
    facts: { zone: 'fr', tag: 'zone:fr' },
  });
});

test('a server whose zones cannot be asked for counts as one outside of them, also where unsynced events are accepted', async () => {
  const start = GatewayBench.start({ monitors: [], config: { unsafeFsync: true } });
  await expect(start).rejects.toMatchObject({
    code: 'stream-out-of-zone',
    message: expect.stringContaining('is not listed in bus.monitors') as string,
  });
});

test.each([
  ['a single server', false],
  ['a cluster', true],
])('streams and buckets from before there were tags are pinned at the next start, on %s', async (_where, isCluster) => {
  await using bench = await GatewayBench.start({ isCluster });
  const unpinned = await bench.withConnection(async (connection) => {
    const manager = await jetstreamManager(connection);
    for (const stream of OF_BEFORE) await manager.streams.update(stream, { placement: { cluster: '', tags: [] } });
    await untilSettled(manager);
    return tagsOf(manager);
  });
  expect(OF_BEFORE.map((stream) => unpinned[stream])).toEqual(OF_BEFORE.map(() => []));

  await using _second = await bench.startSecondGateway();
  const pinned = await bench.withConnection(async (connection) => tagsOf(await jetstreamManager(connection)));
  expect(Object.values(pinned).flat()).toEqual(Object.keys(pinned).map(() => zoneServerTag(ZONE)));
});

test('what is not of one zone stays in the zone to which it is pinned, and a stream of unknown use is pinned with it', async () => {
  await using bench = await GatewayBench.start();
  await bench.withConnection(async (connection) => {
    const { streams } = await jetstreamManager(connection);
    await streams.update(`KV_${FUNCTIONS_BUCKET}`, { placement: { cluster: '', tags: ['zone:eu'] } });
    await streams.update(`KV_${TOKENS_BUCKET}`, { placement: { cluster: '', tags: ['zone:de'] } });
    await streams.add({ name: 'MINE', subjects: ['mine'] });
  });
  await using _second = await bench.startSecondGateway();
  const tags = await bench.withConnection(async (connection) => tagsOf(await jetstreamManager(connection)));
  expect(tags).toMatchObject({
    [`KV_${FUNCTIONS_BUCKET}`]: ['zone:eu'],
    [`KV_${TOKENS_BUCKET}`]: ['zone:fr'],
    MINE: ['zone:fr'],
  });
});

test('a zone that is not served any more stops no start while nothing of it is kept, and does when there is', async () => {
  await using bench = await GatewayBench.start();
  const subject = `${inboxPrefix('gateway')}.of-before`;
  const german = { name: eventStream('de'), subjects: [subject] };
  const add = (connection: NatsConnection) => jetstreamManager(connection).then(({ streams }) => streams.add(german));
  await bench.withConnection(add);
  await using second = await bench.startSecondGateway();
  expect((await fetch(second.url)).status).toBe(404);

  await bench.withConnection(async (connection) => {
    await jetstream(connection).publish(subject, 'kept');
    const { streams } = await jetstreamManager(connection);
    await streams.update(`KV_${TOKENS_BUCKET}`, { placement: { cluster: '', tags: [] } });
  });
  await expect(bench.startSecondGateway()).rejects.toMatchObject({
    code: 'stream-out-of-zone',
    message: expect.stringMatching(/^the stream EVT_de lies on .+, which does not carry the tag zone:de$/) as string,
  });
  // What belongs to the platform waits for a start that succeeds.
  const tags = await bench.withConnection(async (connection) => tagsOf(await jetstreamManager(connection)));
  expect(tags[`KV_${TOKENS_BUCKET}`]).toEqual([]);
});

async function tagsOf({ streams }: JetStreamManager): Promise<Record<string, readonly string[]>> {
  const tags: Record<string, readonly string[]> = {};
  for await (const { config } of streams.list()) tags[config.name] = config.placement?.tags ?? [];
  return tags;
}

/** A change of placement moves a stream, in a cluster, and it takes no further change meanwhile. */
async function untilSettled({ streams }: JetStreamManager): Promise<void> {
  for (const stream of OF_BEFORE) {
    await vi.waitFor(async () => {
      const { cluster } = await streams.info(stream);
      expect(cluster).not.toHaveProperty('desired');
    });
  }
}
