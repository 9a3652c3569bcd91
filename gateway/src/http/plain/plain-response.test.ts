import { once } from 'node:events';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { PlainResponse } from './plain-response.ts';

const respondOn = (socket: Socket): PlainResponse =>
  new PlainResponse({ socket, isHead: false, keepAlive: null, onOver: () => undefined });

test('a value that many answers had does not let one through that would split an answer', () => {
  const socket = new Socket();
  for (let i = 0; i < 100; i++) respondOn(socket).writeHead(200, ['x-kind', `good ${i % 3}`]);
  expect(() => respondOn(socket).writeHead(200, ['x-kind', 'bad\r\nset-cookie: a=1'])).toThrow(TypeError);
});

test('each answer has its own values, whatever those before had under the same names', async () => {
  const values = Array.from({ length: 100 }, (_, i) => String(i < 50 ? i % 5 : i));
  const server = createServer((socket) => {
    for (const value of values) respondOn(socket).writeHead(200, ['x-value', value]).flushHeaders();
    socket.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const said = await text(connect((server.address() as AddressInfo).port, '127.0.0.1'));
  server.close();
  expect([...said.matchAll(/x-value: (\d+)\r\n/g)].map(([, value]) => value)).toEqual(values);
});
