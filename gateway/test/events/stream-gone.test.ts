import { eventStream } from '@sovfn/protocol';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ZONE } from '../peers/gateway-bench.ts';
import { type EventStage, startEventStage } from './event-stage.ts';
import type { EventWorld } from './event-world.ts';

let minio: MinioServer;
beforeAll(async () => {
  minio = await startMinio();
});
afterAll(() => minio[Symbol.asyncDispose]());

const STREAM = eventStream(ZONE);

/** With one accepted event of the function `job`. */
async function startStage(): Promise<EventStage> {
  await using parts = new AsyncDisposableStack();
  const stage = parts.use(await startEventStage({ store: minio.endpoint }));
  await stage.bench.untilVisible(await stage.bench.deploy({ name: 'job' }));
  await stage.world.accept('/fn/job/');
  parts.move();
  return stage;
}

test.concurrent('a gateway does not start when the event stream was deleted by hand, and says what to do', async () => {
  await using stage = await startStage();
  const { bench, world } = stage;
  await world.streams.streams.delete(STREAM);
  await expect(bench.startSecondGateway()).rejects.toMatchObject({
    code: 'events-lost',
    message: `the stream ${STREAM} is gone: what was accepted in it is lost`,
    hint: expect.stringContaining('--accept-event-loss') as string,
  });
  await expect(world.streams.streams.info(STREAM)).rejects.toThrow('stream not found');
});

test.concurrent('nor when another stream was made under its name', async () => {
  await using stage = await startStage();
  const { bench, world } = stage;
  await replaceByHand(world);
  await expect(bench.startSecondGateway()).rejects.toMatchObject({
    code: 'events-lost',
    message: expect.stringContaining(`the stream ${STREAM} is not the one of `) as string,
  });
  expect((await world.streams.streams.info(STREAM)).state.messages).toBe(0);
});

test.concurrent(
  'told to accept the loss it makes the stream again, says so, and the next start needs no flag',
  async () => {
    await using stage = await startStage();
    const { bench, world } = stage;
    await world.streams.streams.delete(STREAM);
    {
      await using _told = await bench.startSecondGateway(bench.config.bus, { acceptEventLoss: true });
      expect(await bench.secondEvent('event-loss-accepted')).toEqual({ loss: `the stream ${STREAM} is gone` });
    }
    await using second = await bench.startSecondGateway();
    const init = { method: 'POST', headers: { prefer: 'respond-async' } };
    expect((await fetch(`${second.url}/fn/job/`, init)).status).toBe(202);
  },
);

test.concurrent(
  'a running gateway whose event stream is deleted accepts nothing, tells the operator, and makes no new one',
  async () => {
    await using stage = await startStage();
    const { bench, world } = stage;
    await world.streams.streams.delete(STREAM);
    expect((await world.send('/fn/job/')).status).toBe(503);
    expect(await bench.event('events-lost')).toEqual({ zone: ZONE, loss: `the stream ${STREAM} is gone` });
    const response = await world.send('/fn/job/');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'events-lost' });
    await expect(world.streams.streams.info(STREAM)).rejects.toThrow('stream not found');
  },
);

test.concurrent('a running gateway is not taken in by a stream that somebody made under the same name', async () => {
  await using stage = await startStage();
  const { bench, world } = stage;
  await replaceByHand(world);
  await bench.event('events-lost');
  expect(await (await world.send('/fn/job/')).json()).toMatchObject({ code: 'events-lost' });
});

test.concurrent('the stream is known again after the server was killed and restarted', async () => {
  await using stage = await startStage();
  const { bench } = stage;
  await bench.nats.restart();
  await using second = await bench.startSecondGateway();
  expect(second.url).toContain('http://');
});

async function replaceByHand(world: EventWorld): Promise<void> {
  const { streams } = world.streams;
  const { config } = await streams.info(STREAM);
  await streams.delete(STREAM);
  await streams.add(config);
}
