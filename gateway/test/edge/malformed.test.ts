import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayBench } from '../peers/gateway-bench.ts';
import { exchange, RawClient } from '../peers/raw-client.ts';
import type { Peer } from '../peers/peer-cell.ts';

let bench: GatewayBench;
let cell: Peer;
beforeAll(async () => {
  bench = await GatewayBench.start();
  cell = await bench.serve({ name: 'target', routes: ['/public/*'] }, (served) => served.answer('reached'));
});
afterAll(() => bench[Symbol.asyncDispose]());

const BODY = 'GET /fn/target/smuggled HTTP/1.1\r\nhost: x\r\n\r\n';
const LENGTH = `content-length: ${BODY.length}`;

test.each<[string, string]>([
  [
    'both a length and chunks',
    `POST /fn/target/ HTTP/1.1\r\nhost: x\r\n${LENGTH}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${BODY}`,
  ],
  [
    'chunks and then a length',
    `POST /fn/target/ HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n${LENGTH}\r\n\r\n0\r\n\r\n${BODY}`,
  ],
  ['two different lengths', `POST /fn/target/ HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n${LENGTH}\r\n\r\n${BODY}`],
  ['the same length twice', `POST /fn/target/ HTTP/1.1\r\nhost: x\r\n${LENGTH}\r\n${LENGTH}\r\n\r\n${BODY}`],
  ['a list of lengths', `POST /fn/target/ HTTP/1.1\r\nhost: x\r\ncontent-length: 0, ${BODY.length}\r\n\r\n${BODY}`],
  ['a length with a sign', `POST /fn/target/ HTTP/1.1\r\nhost: x\r\ncontent-length: +${BODY.length}\r\n\r\n${BODY}`],
  ['a length in hexadecimal', `POST /fn/target/ HTTP/1.1\r\nhost: x\r\ncontent-length: 0x2e\r\n\r\n${BODY}`],
  [
    'chunks that are not last',
    `POST /fn/target/ HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${BODY}`,
  ],
  [
    'a space before the colon',
    `POST /fn/target/ HTTP/1.1\r\nhost: x\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n${BODY}`,
  ],
  ['a folded header', `GET /fn/target/ HTTP/1.1\r\nhost: x\r\nx-a: 1\r\n transfer-encoding: chunked\r\n\r\n`],
  ['a header without a colon', 'GET /fn/target/ HTTP/1.1\r\nhost: x\r\nnonsense\r\n\r\n'],
  ['a NUL in a header', 'GET /fn/target/ HTTP/1.1\r\nhost: x\r\nx-a: 1\x002\r\n\r\n'],
  ['a bare CR in a header', 'GET /fn/target/ HTTP/1.1\r\nhost: x\r\nx-a: 1\rx-b: 2\r\n\r\n'],
  ['a control character in a header name', 'GET /fn/target/ HTTP/1.1\r\nhost: x\r\nx\x01a: 1\r\n\r\n'],
  ['lines that end in LF alone', 'GET /fn/target/ HTTP/1.1\nhost: x\n\n'],
  ['no host', 'GET /fn/target/ HTTP/1.1\r\n\r\n'],
  ['a space in the URL', 'GET /fn/target/a b HTTP/1.1\r\nhost: x\r\n\r\n'],
  ['another protocol', 'GET /fn/target/ FTP/1.1\r\nhost: x\r\n\r\n'],
  ['an unknown method', 'STEAL /fn/target/ HTTP/1.1\r\nhost: x\r\n\r\n'],
  [
    'a chunk size that is no number',
    'POST /fn/target/ HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n',
  ],
  [
    'a chunk longer than it says',
    'POST /fn/target/ HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n',
  ],
  ['bytes of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
])(
  'a request with %s is answered 400, its connection closed, and nothing of it reaches a function',
  async (_what, bytes) => {
    using client = await RawClient.open(bench.gateway.publicAddress);
    client.send(Buffer.from(bytes, 'latin1'));
    const answer = await client.untilClosed();
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(cell.calls.size).toBe(0);
  },
);

test.each<[string, string, string, string]>([
  ['a broken escape', '/fn/target/%zz', 'x', 'bad-url'],
  ['half an escape', '/fn/target/%4', 'x', 'bad-url'],
  ['an encoded NUL', '/fn/target/%00', 'x', 'bad-url'],
  ['an encoded line feed', '/fn/target/a%0Ab', 'x', 'bad-url'],
  ['a dot segment', '/public/../admin', 'x', 'bad-url'],
  ['an encoded dot segment', '/public/%2e%2E/admin', 'x', 'bad-url'],
  ['a backslash', '/public\\admin', 'x', 'bad-url'],
  ['a fragment', '/fn/target/#top', 'x', 'bad-url'],
  ['a URL of another host', 'http://evil.example/fn/target/', 'x', 'bad-url'],
  ['a target that is no path', '*', 'x', 'bad-url'],
  ['a URL that is too long', `/fn/target/${'a'.repeat(16_384)}`, 'x', 'url-too-long'],
  ['credentials in the host', '/fn/target/', 'evil.com:fake@good', 'bad-header'],
  ['a path in the host', '/fn/target/', 'x/../y', 'bad-header'],
  ['an empty host', '/fn/target/', '', 'bad-header'],
])('a request with %s is refused with its reason', async (_what, path, host, code) => {
  const answer = await exchange(bench.gateway.publicAddress, `GET ${path} HTTP/1.1`, [`host: ${host}`]);
  expect(problemIn(answer)).toMatchObject({ code, type: `urn:sovfn:error:${code}` });
  expect(cell.calls.size).toBe(0);
});

test.each<[string, string, string]>([
  ['two Host headers', 'host: x\r\nhost: y', 'bad-header'],
  [
    'more than a hundred headers',
    `host: x\r\n${Array.from({ length: 100 }, (_, i) => `x-${i}: 1`).join('\r\n')}`,
    'headers-too-large',
  ],
  ['headers of more than 56 KiB', `host: x\r\nx-a: ${'a'.repeat(57 * 1024)}`, 'headers-too-large'],
])('a request with %s is refused with its reason', async (_what, headers, code) => {
  const answer = await exchange(bench.gateway.publicAddress, 'GET /fn/target/ HTTP/1.1', [headers]);
  expect(problemIn(answer).code).toBe(code);
  expect(cell.calls.size).toBe(0);
});

test.each<[string, string, string]>([
  ['escapes', '/fn/target/%C3%A9%20%2F', '/%C3%A9%20%2F'],
  ['an absolute URL of its own host', 'http://X/fn/target/a', '/a'],
  ['names that begin with dots', '/fn/target/.well-known/..a', '/.well-known/..a'],
  ['broken escapes in the query', '/fn/target/?q=100%', '/?q=100%'],
])('a request with %s is let through as it is', async (_what, path, seen) => {
  const answer = await exchange(bench.gateway.publicAddress, `GET ${path} HTTP/1.1`, ['host: x']);
  expect(answer).toContain('reached');
  expect((await cell.calls.next()).call.url).toBe(`http://x${seen}`);
});

test('HTTP/1.0 without a host is answered under the address that was called', async () => {
  const answer = await exchange(bench.gateway.publicAddress, 'GET /fn/target/ HTTP/1.0', []);
  expect(answer).toContain('reached');
  expect((await cell.calls.next()).call.url).toBe(`${bench.url}/`);
});

test('TRACE is not passed on', async () => {
  const answer = await exchange(bench.gateway.publicAddress, 'TRACE /fn/target/ HTTP/1.1', ['host: x']);
  expect(problemIn(answer).code).toBe('method-not-allowed');
});

test('an unknown function is a 404 with the nearest name', async () => {
  const response = await fetch(`${bench.url}/fn/taget/`);
  expect(response.status).toBe(404);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({
    code: 'function-not-found',
    detail: 'there is no function "taget" in tenant "main"',
    hint: 'Did you mean "target"?',
  });
});

test('an address that nothing claims is a 404', async () => {
  const response = await fetch(`${bench.url}/nowhere`);
  expect([response.status, await response.json()]).toMatchObject([
    404,
    { code: 'not-found', detail: 'nothing answers at "/nowhere"' },
  ]);
});

function problemIn(answer: string): { code: string } {
  expect(answer).toContain('content-type: application/problem+json');
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { code: string };
}
