import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readMessages } from '@sovfn/bus';
import {
  type EgressBatch,
  egressBatchSchema,
  type EgressEntry,
  egressStream,
  zoneEgressSubject,
} from '@sovfn/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { ZONE } from '../supervisor/platform.ts';
import { countryFile } from './country-file.ts';
import { BrokerNode } from './node.ts';
import { bodyOf, Upstream } from './upstream.ts';

const parts = new AsyncDisposableStack();
let node: BrokerNode;
let upstream: Upstream;
let other: Upstream;

beforeAll(async () => {
  other = parts.use(await Upstream.start({ '/target': (_request, response) => void response.end('the other one') }));
  upstream = parts.use(
    await Upstream.start({
      '/hello': (_request, response) => void response.end('bonjour'),
      '/empty': (_request, response) => void response.writeHead(204).end(),
      '/head': (_request, response) => void response.writeHead(200, { 'content-length': '7' }).end(),
      '/measure': async (request, response) => void response.end(String((await bodyOf(request)).length)),
      '/across': (_request, response) => void response.writeHead(302, { location: `${other.origin}/target` }).end(),
      '/broken': (_request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('only a part', () => response.destroy());
      },
    }),
  );
  const folder = parts.use(await makeTemporaryFolder('countries'));
  const countryDatabase = join(folder.path, 'countries.mmdb');
  const networks = [['127.0.0.1', 32, 'FR'] as const, ['127.0.0.2', 32, 'DE'] as const];
  await writeFile(countryDatabase, countryFile(networks));
  node = parts.use(await BrokerNode.start({ countryDatabase }));
});
afterAll(() => parts.disposeAsync());

describe('the ledger', () => {
  test('has each request with its call, where it really went, and how much was sent and received', async () => {
    const code = `await (await fetch('${upstream.origin}/hello')).text();
      return (await fetch('${upstream.origin}/measure', { method: 'PUT', body: 'x'.repeat(5_000) })).text()`;
    expect(await node.run(code, { egress: [upstream.origin] })).toBe('5000');
    const [hello, measure] = await ledgerOf(2);
    expect(hello).toMatchObject({
      ...{ method: 'GET', origin: upstream.origin, address: '127.0.0.1', country: 'FR', outcome: 'answered' },
      ...{ status: 200, sentBytes: 0, receivedBytes: 7, reason: null },
    });
    expect(measure).toMatchObject({ method: 'PUT', outcome: 'answered', sentBytes: 5_000, receivedBytes: 4 });
    expect(hello!.invocation).toMatch(/^[0-9a-z]{26}$/);
    expect(measure!.invocation).toBe(hello!.invocation);
  });

  test('counts a streamed body as it goes', async () => {
    const code = `let left = 3; const body = new ReadableStream({ pull(c) { if (left-- === 0) c.close(); else c.enqueue(new Uint8Array(1_000)); } });
      return (await fetch('${upstream.origin}/measure', { method: 'PUT', body, duplex: 'half' })).text()`;
    expect(await node.run(code, { egress: [upstream.origin] })).toBe('3000');
    expect(await ledgerOf(1)).toMatchObject([{ sentBytes: 3_000, outcome: 'answered' }]);
  });

  test('has what was refused, with the reason, and that nothing was sent', async () => {
    await expect(node.run(`await fetch('${upstream.origin}/hello')`, { egress: [] })).rejects.toThrow('is refused');
    const [refused] = await ledgerOf(1);
    expect(refused).toMatchObject({ outcome: 'refused', origin: upstream.origin, address: null, status: null });
    expect(refused!.reason).toContain('egress of function');
  });

  test('has each hop of a redirect, and the one at which it was refused', async () => {
    await expect(node.run(`await fetch('${upstream.origin}/across')`, { egress: [upstream.origin] })).rejects.toThrow();
    expect(await ledgerOf(2)).toMatchObject([
      { origin: upstream.origin, outcome: 'answered', status: 302 },
      { origin: other.origin, outcome: 'refused', status: null },
    ]);
  });

  test('tells what failed and what broke off from what was answered', async () => {
    const config = { egress: [upstream.origin, 'http://127.0.0.1:1'] };
    const code = `const text = (path) => fetch(path).then((r) => r.text()).catch(() => 'failed');
      await text('${upstream.origin}/broken'); await text('http://127.0.0.1:1/'); await fetch('${upstream.origin}/empty');
      await fetch('${upstream.origin}/head', { method: 'HEAD' });`;
    await node.run(code, config);
    expect((await ledgerOf(4)).map(({ outcome, status }) => [outcome, status])).toEqual([
      ['cut', 200],
      ['failed', null],
      ['answered', 204],
      ['answered', 200],
    ]);
  });

  test('never holds paths, queries, headers or bodies', async () => {
    const secret = 'canary-4f1d';
    const init = `{ method: 'POST', headers: { authorization: '${secret}' }, body: '${secret}' }`;
    await node.run(`await fetch('${upstream.origin}/measure?key=${secret}', ${init})`, { egress: [upstream.origin] });
    expect(JSON.stringify(await ledgerOf(1))).not.toContain(secret);
  });
});

describe('countries', () => {
  const bound = (countries: readonly string[]) => ({ egress: [{ origin: upstream.origin, countries }] });

  test('an address in a listed country is reached', async () => {
    expect(await node.run(`return (await fetch('${upstream.origin}/hello')).text()`, bound(['DE', 'FR']))).toBe(
      'bonjour',
    );
    await ledgerOf(1);
  });

  test('an address elsewhere is refused before a connection is made, also where the other rule has one open', async () => {
    const before = upstream.requests.length;
    await expect(node.run(`await fetch('${upstream.origin}/hello')`, bound(['DE']))).rejects.toThrow(
      'egress allows 127.0.0.1 in DE only; its address 127.0.0.1 is in FR.',
    );
    expect(upstream.requests).toHaveLength(before);
    expect(await ledgerOf(1)).toMatchObject([{ outcome: 'refused', address: null }]);
  });

  test('an address that the database does not know is refused', async () => {
    const port = new URL(upstream.origin).port;
    const egress = [{ origin: `http://127.0.0.3:${port}`, countries: ['FR'] }];
    await expect(node.run(`await fetch('http://127.0.0.3:${port}/')`, { egress })).rejects.toThrow(
      'is in no country that the database knows',
    );
    await ledgerOf(1);
  });
});

/** Of this call only: each takes those that nobody has asked for yet, in the order in which they began. */
let seen = 0;
async function ledgerOf(count: number): Promise<EgressEntry[]> {
  const found = async (): Promise<EgressEntry[]> => {
    const batches: EgressBatch[] = [];
    const { connection } = node.platform;
    for await (const page of readMessages(connection, egressStream(ZONE), zoneEgressSubject(ZONE))) {
      batches.push(...page.map(({ data }) => egressBatchSchema.parse(JSON.parse(Buffer.from(data).toString()))));
    }
    return batches.flatMap(({ entries }) => entries).slice(seen);
  };
  await expect.poll(async () => (await found()).length).toBe(count);
  const entries = await found();
  seen += count;
  return entries;
}
