import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { startNats } from '@sovfn/testkit';
import { expect, test } from 'vitest';
import { createLogStreams } from '../src/index.ts';

test.each([
  ['2GB', 1024 ** 3],
  ['200MB', 128 * 1024 ** 2],
  ['40MB', 16 * 1024 ** 2],
  ['8MB', null],
])('with %s for JetStream, the stream of logs is as large as there is room, and nothing fails', async (room, bytes) => {
  await using nats = await startNats({ jetstream: `max_file: ${room}` });
  const { host, port } = nats.address;
  const connection = await connect({ servers: `${host}:${port}` });
  const without = bytes === null ? ['fr'] : [];
  expect(await createLogStreams(connection, ['fr'])).toEqual(without);
  expect(await createLogStreams(connection, ['fr'])).toEqual(without);
  const { streams } = await jetstreamManager(connection);
  const sizes: number[] = [];
  for await (const { config } of streams.list()) if (config.name === 'LOG_fr') sizes.push(config.max_bytes);
  expect(sizes).toEqual(bytes === null ? [] : [bytes]);
  await connection.close();
});
