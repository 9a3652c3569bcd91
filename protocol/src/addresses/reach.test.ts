import { expect, test } from 'vitest';
import { reachOf, type ReachPolicy } from './reach.ts';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'public.example': ['1.1.1.1', '2606:4700::1111'],
  'mixed.example': ['1.1.1.1', '10.0.0.9'],
  'rebound.example': ['127.0.0.1'],
  'erp.internal': ['10.0.0.9'],
  'nats.internal': ['10.0.0.5', 'fd00::5'],
  'stolen.example': ['10.0.0.5'],
};

async function resolve(name: string): Promise<readonly string[]> {
  const addresses = NAMES[name];
  if (addresses === undefined) throw new Error(`${name} is unknown`);
  return addresses;
}

const strict: ReachPolicy = {
  allowPrivate: false,
  ownServices: () => [
    { host: '127.0.0.1', port: 4222 },
    { host: 'nats.internal', port: 4223 },
  ],
  ownAddresses: () => ['192.168.1.7', 'fd00::7'],
  resolve,
  resolveOwn: resolve,
};
const open: ReachPolicy = { ...strict, allowPrivate: true };

test('a public name is reachable at the addresses that were checked', async () => {
  const reach = await reachOf({ host: 'public.example', port: 443 }, strict);
  expect(reach).toEqual({ kind: 'reachable', addresses: ['1.1.1.1', '2606:4700::1111'] });
});

test.each([
  ['10.1.2.3', '10.1.2.3'],
  ['[::ffff:a00:1]', '::ffff:a00:1'],
  ['localhost', '127.0.0.1'],
  ['a.localhost.', '127.0.0.1'],
  ['mixed.example', '10.0.0.9'],
  ['rebound.example', '127.0.0.1'],
])('%s is private, and reachable only where the operator allows it', async (host, address) => {
  expect(await reachOf({ host, port: 443 }, strict)).toEqual({ kind: 'private', address });
  expect(await reachOf({ host, port: 443 }, open)).toMatchObject({ kind: 'reachable' });
});

test.each([
  '127.0.0.1',
  '127.9.9.9',
  '0.0.0.0',
  '[::1]',
  '[::]',
  '[::ffff:7f00:1]',
  'localhost',
  '192.168.1.7',
  '[fd00::7]',
  'rebound.example',
])('a service on this machine is not reached as %s, even where private addresses are allowed', async (host) => {
  expect(await reachOf({ host, port: 4222 }, open)).toMatchObject({ kind: 'own-service' });
  expect(await reachOf({ host, port: 9999 }, open)).toMatchObject({ kind: 'reachable' });
});

test.each(['nats.internal', '10.0.0.5', '[fd00::5]', '[::ffff:a00:5]', 'stolen.example'])(
  'a service on another machine is not reached as %s, and its port stays free elsewhere',
  async (host) => {
    expect(await reachOf({ host, port: 4223 }, open)).toMatchObject({ kind: 'own-service' });
    expect(await reachOf({ host: '127.0.0.1', port: 4223 }, open)).toMatchObject({ kind: 'reachable' });
    expect(await reachOf({ host: 'erp.internal', port: 4223 }, open)).toMatchObject({ kind: 'reachable' });
  },
);

test('nothing is reached on the port of a service whose own name cannot be resolved now', async () => {
  const lost: ReachPolicy = { ...open, ownServices: () => [{ host: 'gone.internal', port: 443 }] };
  await expect(reachOf({ host: 'public.example', port: 443 }, lost)).rejects.toThrow('gone.internal is unknown');
});
