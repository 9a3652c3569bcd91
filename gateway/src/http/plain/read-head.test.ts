import { createServer, type IncomingMessage } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packRequestHeaders, plainHeaders } from '../request-headers.ts';
import { PlainRequest } from './plain-request.ts';
import { readPlainHead } from './read-head.ts';

const ORIGIN = { host: 'x', basePath: '' };
const LONGEST_BODY = 1_000;
const HEAD_END = '\r\n\r\n';

interface Read {
  readonly method: string;
  readonly url: string;
  readonly headers: string;
  readonly body: string;
  readonly keeps: boolean;
}

const oneOf = (...values: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...values);
const odd = fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 6 });
const method = oneOf('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'get', 'CONNECT', 'TRACE', 'PRI', '');
const target = fc.oneof(
  oneOf('/', '/fn/f/?a=b', '//x/y', '*', 'http://x/', '/a b', ''),
  odd.map((text) => `/${text}`),
);
const version = oneOf(' HTTP/1.1', ' HTTP/1.1', ' HTTP/1.1', ' HTTP/1.0', ' HTTP/2.0', ' HTTP/1.1 ', '  HTTP/1.1');
const lineEnd = oneOf('\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r');
const colon = oneOf(':', ': ', ': ', ':\t ', ' :', '');
const usual = fc.record({
  name: oneOf('Host', 'host', 'Content-Length', 'connection', 'Accept', 'X-Forwarded-For', 'sovfn-node', 'Cookie'),
  value: oneOf('x', '0', '3', '03', '+3', '3, 3', '0x3', 'keep-alive', 'Close', 'close, x-a', 'a=b; c=d', '', ' ', 'é'),
});
const special = fc.record({
  name: oneOf('Transfer-Encoding', 'Expect', 'Upgrade', 'TE', 'Trailer', 'Keep-Alive', 'Proxy-Connection', 'Prefer'),
  value: oneOf('chunked', 'identity', '100-continue', 'websocket', 'trailers', 'x', ''),
});
const anything = fc.record({ name: odd, value: odd });
const header = fc
  .tuple(fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: special }, anything), colon, lineEnd)
  .map(([{ name, value }, between, end]) => `${name}${between}${value}${end}`);
const composed = fc
  .tuple(method, target, version, lineEnd, fc.array(header, { maxLength: 6 }))
  .map(([verb, path, protocol, end, lines]) => `${verb} ${path}${protocol}${end}${lines.join('')}\r\n`);
const plain = fc
  .tuple(
    oneOf('GET', 'HEAD', 'POST'),
    oneOf('/', '/fn/f?a=b'),
    fc.array(oneOf('Accept: */*', 'a:1', 'b:\t 2 \t', 'x-forwarded-for: 1', 'Connection: close', 'c: é'), {
      maxLength: 6,
    }),
    oneOf('Content-Length: 3', 'content-length:0', 'd:'),
  )
  .map(([verb, path, lines, last]) => [`${verb} ${path} HTTP/1.1`, 'Host: x', ...lines, last].join('\r\n') + HEAD_END);
/** One byte of it is another. */
const changed = fc
  .tuple(plain, fc.nat(), fc.nat(255))
  .map(
    ([text, at, code]) =>
      text.slice(0, at % text.length) + String.fromCharCode(code) + text.slice((at % text.length) + 1),
  );
const head = fc.oneof(composed, plain, { weight: 2, arbitrary: changed });

test('whatever is read as a plain request, Node’s parser reads in the same way', async () => {
  let count = 0;
  const asked = fc.asyncProperty(head, async (text) => {
    const end = text.indexOf(HEAD_END);
    const read = readPlainHead(text.slice(0, end + 2));
    if (end < 0 || read === null || read.bodyBytes > LONGEST_BODY) return;
    count += 1;
    const body = 'a'.repeat(read.bodyBytes);
    const node = await readByNode(text.slice(0, end + HEAD_END.length) + body);
    const { method: verb, url, closes } = read;
    const request = new PlainRequest(read, Buffer.from(body), noSocket());
    const headers = plainHeaders(request, ORIGIN);
    expect([node]).toEqual([{ method: verb, url, headers, body, keeps: !closes }]);
  });
  await fc.assert(asked, { numRuns: 5_000 });
  expect(count).toBeGreaterThan(1_000);
});

test('a head of the largest number of headers is plain, and one more is not', () => {
  const lines = (count: number): string => 'x-a: 1\r\n'.repeat(count);
  expect(readPlainHead(`GET / HTTP/1.1\r\nhost: x\r\n${lines(99)}`)?.host).toBe('x');
  expect(readPlainHead(`GET / HTTP/1.1\r\nhost: x\r\n${lines(100)}`)).toBeNull();
});

const noSocket = (): PlainRequest['socket'] => ({ remoteAddress: '' }) as PlainRequest['socket'];

/** As the public port's server reads it; null when it refuses it. */
async function readByNode(bytes: string): Promise<Read | null> {
  const { promise, resolve } = Promise.withResolvers<Read | null>();
  const server = createServer({ insecureHTTPParser: false, requireHostHeader: true });
  server.on('request', (request, response) => void readWhole(request, response.shouldKeepAlive).then(resolve));
  server.on('clientError', () => resolve(null));
  const [client, served] = duplexPair();
  server.emit('connection', served);
  client.resume().write(bytes, 'latin1');
  // What Node waits for does not come: then it has read something else than a whole request.
  const read = await Promise.race([promise, setImmediate(null).then(() => settled(promise, client))]);
  client.destroy();
  served.destroy();
  return read;
}

async function settled(read: Promise<Read | null>, client: Duplex): Promise<Read | null> {
  client.end();
  return read;
}

async function readWhole(request: IncomingMessage, keeps: boolean): Promise<Read> {
  const pieces: string[] = [];
  for await (const piece of request.setEncoding('latin1')) pieces.push(piece as string);
  const headers = packRequestHeaders(request, ORIGIN);
  return { method: request.method!, url: request.url!, headers, body: pieces.join(''), keeps };
}
