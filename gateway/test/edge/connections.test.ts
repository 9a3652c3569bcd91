import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PlainConnections } from '../../src/http/plain/plain-connections.ts';
import type { Arrivals } from '../peers/arrivals.ts';
import { GatewayBench } from '../peers/gateway-bench.ts';
import type { ServedCall } from '../peers/peer-cell.ts';
import { RawClient } from '../peers/raw-client.ts';

let bench: GatewayBench;
let calls: Arrivals<ServedCall>;
beforeAll(async () => {
  bench = await GatewayBench.start();
  ({ calls } = await bench.serve({ name: 'f' }));
});
afterAll(() => bench[Symbol.asyncDispose]());

const get = (path: string): string => `GET /fn/f/${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
const put = (path: string, body: string): string =>
  `PUT /fn/f/${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
const chunks = (path: string): string =>
  `PUT /fn/f/${path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`;

/** What each next call was asked, in order; it is answered with the same. */
async function answerNext(count: number): Promise<string[]> {
  const asked: string[] = [];
  while (asked.length < count) {
    const served = await calls.next();
    const { method, url, body } = served.call;
    asked.push(`${method} ${new URL(url).pathname} ${Buffer.from(body).toString()}`);
    served.answer(`<${asked.at(-1)!}>`);
  }
  return asked;
}

test.each<[string, readonly string[], readonly string[]]>([
  ['one after the other', [get('a'), put('b', 'xyz'), get('c')], ['GET /a ', 'PUT /b xyz', 'GET /c ']],
  ['a chunked one in the middle', [get('a'), chunks('b'), get('c')], ['GET /a ', 'PUT /b abc', 'GET /c ']],
  ['several in one write', [get('a') + put('b', 'xyz') + get('c')], ['GET /a ', 'PUT /b xyz', 'GET /c ']],
  ['one and a half in one write', [get('a') + get('b').slice(0, 9), get('b').slice(9)], ['GET /a ', 'GET /b ']],
  ['a body after its head', [put('a', 'xyz').slice(0, -3), 'xyz', get('b')], ['PUT /a xyz', 'GET /b ']],
  ['a body in three pieces', [put('a', 'xyz').slice(0, -3), 'x', 'yz', get('b')], ['PUT /a xyz', 'GET /b ']],
  ['a head byte by byte', [...get('a'), get('b')], ['GET /a ', 'GET /b ']],
  ['an empty line first', [`\r\n${get('a')}`, get('b')], ['GET /a ', 'GET /b ']],
])('requests of one connection are all answered, in order: %s', async (_how, pieces, asked) => {
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.socket.setNoDelay(true);
  const answered = answerNext(asked.length);
  for (const piece of pieces) await new Promise((resolve) => client.socket.write(piece, 'latin1', resolve));
  // Those that come at once begin at once.
  expect((await answered).toSorted()).toEqual(asked.toSorted());
  const received = await client.until(`<${asked.at(-1)!}>`);
  expect(received.match(/<[^>]*>/g)).toEqual(asked.map((one) => `<${one}>`));
});

test('what comes before an answer is out waits for it', async () => {
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.send(get('first'));
  const first = await calls.next();
  client.send(get('second') + chunks('third'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(calls.size).toBe(0);
  first.answer('<first>');
  expect((await answerNext(2)).toSorted()).toEqual(['GET /second ', 'PUT /third abc']);
  const received = await client.until('<PUT /third abc>');
  expect(received.match(/<[^>]*>/g)).toEqual(['<first>', '<GET /second >', '<PUT /third abc>']);
});

test('HEAD, 204 and 304 have no body, and the connection goes on', async () => {
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.send('HEAD /fn/f/ HTTP/1.1\r\nhost: x\r\n\r\n');
  (await calls.next()).answer('not sent');
  await client.until('\r\n\r\n');
  for (const status of [204, 304]) {
    client.send(get(`${status}`));
    (await calls.next()).answer('', { status });
    await client.until(`HTTP/1.1 ${status}`);
  }
  client.send(get('end'));
  (await calls.next()).answer('<end>');
  const received = await client.until('<end>');
  expect(received).not.toContain('not sent');
  expect(received.split('\r\n\r\n')).toHaveLength(5);
  expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*?content-length: 8\r\n/);
});

test('a client that asks for the end of the connection gets it with the answer', async () => {
  using client = await RawClient.open(bench.gateway.publicAddress);
  client.send('GET /fn/f/ HTTP/1.1\r\nhost: x\r\nConnection: Close\r\n\r\n');
  (await calls.next()).answer('<end>');
  const received = await client.untilClosed();
  expect(received).toMatch(/\r\nConnection: close\r\n[^]*<end>$/);
  expect(received).not.toContain('Keep-Alive');
});

test('a connection that says nothing, and one that says nothing more, end; half a request is given to Node’s server', async () => {
  const server = createServer((_request, response) => void response.end('<node>'));
  const serve = server.listeners('connection') as ((socket: unknown) => void)[];
  server.removeAllListeners('connection');
  const given = Promise.withResolvers<void>();
  using connections = new PlainConnections({
    handle: (_request, response) => {
      response.writeHead(200, ['content-length', '7']).end('<plain>');
      return true;
    },
    serve: (socket) => {
      serve.forEach((listener) => listener.call(server, socket));
      given.resolve();
    },
    onSilent: (socket) => socket.end('<silent>'),
    firstBytesMs: 1,
    keepAliveMs: 1,
  });
  server.on('connection', (socket) => connections.add(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  using silent = await RawClient.open(address);
  using used = await RawClient.open(address);
  using half = await RawClient.open(address);
  used.send(get(''));
  half.send(put('', 'xyz').slice(0, -1));
  expect(await silent.untilClosed()).toBe('<silent>');
  expect(await used.untilClosed()).toMatch(/<plain>$/);
  await given.promise;
  half.send('z');
  expect(await half.until('<node>')).toMatch(/<node>/);
  server.close();
  server.closeAllConnections();
});
