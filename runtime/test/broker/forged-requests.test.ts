import { NameServer } from '@sovfn/testkit';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrokerNode } from './node.ts';
import { Upstream } from './upstream.ts';

/** A node as it is by default: functions reach public addresses only. What answers on this machine must never be reached. */
const parts = new AsyncDisposableStack();
let node: BrokerNode;
let names: NameServer;
let hidden: Upstream;
let port: string;

beforeAll(async () => {
  names = parts.use(await NameServer.start());
  hidden = parts.use(await Upstream.start({ '/': (_request, response) => void response.end('metadata') }));
  port = new URL(hidden.origin).port;
  node = parts.use(await BrokerNode.start({ allowPrivateEgress: false, dnsServers: [names.address] }));
});
afterAll(() => parts.disposeAsync());

const HIDDEN = [
  ...['127.0.0.1', '127.1.2.3', '0.0.0.0', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1'],
  ...['192.0.0.1', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1'],
  ...['255.255.255.255', '::', '::1', '::ffff:127.0.0.1', '::ffff:169.254.169.254', '::127.0.0.1', 'fe80::1'],
  ...['fc00::1', 'fd00:ec2::254', 'ff02::1', '2001:db8::1', '64:ff9b::7f00:1', '2002:7f00:1::', '2001::1'],
];

const REFUSED = /is not on the internet|belongs to the platform/;

describe('an address that is not on the internet is not reached', () => {
  test('by a name that leads to it', async () => {
    const urls = HIDDEN.map((address, i) => {
      names.names.set(`rebound-${i}.test`, () => [address]);
      return `http://rebound-${i}.test:${port}`;
    });
    for (const [i, answer] of (await tryAll(urls)).entries()) expect(answer, HIDDEN[i]).toMatch(REFUSED);
  });

  test('written as it is', async () => {
    const urls = HIDDEN.map((address) => `http://${address.includes(':') ? `[${address}]` : address}:${port}`);
    for (const [i, answer] of (await tryAll(urls)).entries()) expect(answer, HIDDEN[i]).toMatch(REFUSED);
  });

  test('in the odd forms in which an address can be written', async () => {
    const numbers = ['2130706433', '0x7f000001', '0177.0.0.1', '127.1', '0', '①②⑦.⓪.⓪.①'];
    const urls = [...numbers, '127.0.0.1.', 'localhost', 'a.localhost'].map((host) => `http://${host}:${port}`);
    for (const [i, answer] of (await tryAll(urls)).entries()) expect(answer, urls[i]).toMatch(REFUSED);
  });

  test('by any address of this machine', async () => {
    const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
    const urls = own.map((address, i) => {
      names.names.set(`own-${i}.test`, () => [address]);
      return `http://own-${i}.test:${port}`;
    });
    for (const [i, answer] of (await tryAll(urls)).entries()) expect(answer, own[i]).toMatch(REFUSED);
  });

  test('by a name of which only one of several addresses is hidden', async () => {
    names.names.set('mixed.test', () => ['93.184.215.14', '127.0.0.1']);
    expect(await tryAll([`http://mixed.test:${port}`])).toEqual([
      expect.stringContaining('127.0.0.1, which is not on the internet'),
    ]);
  });
});

test('a name is looked up once for a connection: what it means a moment later is never asked', async () => {
  let answers = 0;
  names.names.set('rebinding.test', () => (answers++ < 2 ? ['198.51.100.7'] : ['127.0.0.1']));
  names.asked.length = 0;
  const [answer] = await tryAll([`http://rebinding.test:${port}`]);
  expect(answer).toContain('198.51.100.7, which is not on the internet');
  expect(names.asked).toEqual(['rebinding.test', 'rebinding.test']);
});

test('a name that nobody knows is said to be so', async () => {
  const [answer] = await tryAll(['http://nobody.test']);
  expect(answer).toContain('the name nobody.test could not be looked up (ENOTFOUND)');
});

test('nothing of all this arrived', () => {
  expect(hidden.requests).toEqual([]);
});

/** Fetches each from a function whose egress lists them all; what it gets, or the message of the error. */
async function tryAll(urls: readonly string[]): Promise<string[]> {
  const code = `const answers = [];
    for (const url of ${JSON.stringify(urls)}) answers.push(await fetch(url).then((r) => r.text(), (error) => error.message));
    return answers`;
  const egress = [...new Set(urls.map((url) => new URL(url).origin))];
  return (await node.run(code, { egress, limits: { subrequests: 200 } })) as string[];
}
