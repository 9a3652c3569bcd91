import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CallbackWorld, verify } from './callback-world.ts';
import { Receiver } from './receiver.ts';

const NAME = 'receiver.example';
/** Gives up after the first attempt, so that the log says why. */
const once = (): null => null;

let world: CallbackWorld;
let pem: string;
beforeAll(async () => {
  world = await CallbackWorld.start();
  pem = await readFile(new URL('receiver.pem', import.meta.url), 'utf8');
  setDefaultCACertificates([...getCACertificates(), pem.slice(pem.indexOf('-----BEGIN CERTIFICATE'))]);
});
afterAll(() => world[Symbol.asyncDispose]());

async function reasonFor(url: string, policy: Parameters<CallbackWorld['startSender']>[0] = {}): Promise<unknown> {
  await using _sender = await world.startSender({ schedule: once, ...policy });
  await world.enqueue(await world.ended(url));
  return (await world.logged('callback-given-up'))['reason'];
}

test.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]', '0x7f.1', '2130706433'])(
  'a callback to the private address %s is not sent',
  async (host) => {
    await using receiver = await Receiver.start();
    const reason = await reasonFor(receiver.url('/', host), { policy: { allowPrivate: false } });
    expect(reason).toContain('is not on the internet, and callbacks go to public addresses only');
    expect(receiver.received.size).toBe(0);
  },
);

test('a name is looked up once, and when one of its addresses is private, none is tried', async () => {
  await using receiver = await Receiver.start();
  let asked = 0;
  const resolve = async (): Promise<string[]> => {
    asked++;
    return ['1.1.1.1', '127.0.0.1'];
  };
  const reason = await reasonFor(receiver.url('/', NAME), { policy: { allowPrivate: false, resolve } });
  expect(reason).toBe('127.0.0.1 is not on the internet, and callbacks go to public addresses only');
  expect([asked, receiver.received.size]).toEqual([1, 0]);
});

test('a name that means something else a moment later leads where it led when it was checked', async () => {
  await using receiver = await Receiver.start();
  await using other = await Receiver.start({ host: '127.0.0.2', port: receiver.port });
  const answers = [['127.0.0.1'], ['127.0.0.2']];
  await using _sender = await world.startSender({ policy: { resolve: async () => answers.shift()! } });
  await world.enqueue(await world.ended(receiver.url('/', NAME)));
  const received = await receiver.received.next();
  verify(received);
  expect(received.headers.host).toBe(`${NAME}:${receiver.port}`);
  await expect.poll(() => world.waiting()).toBe(0);
  expect(answers).toHaveLength(1);
  expect(other.received.size).toBe(0);
});

test('a name that cannot be looked up is a failure', async () => {
  expect(await reasonFor('http://nobody.example/')).toBe('nobody.example is unknown');
});

test('the platform’s own NATS and MinIO are not reached, also where private addresses are allowed', async () => {
  const services = [world.nats.address, world.minio.endpoint];
  const policy = { ownServices: () => services, resolve: async () => ['127.0.0.1'] };
  for (const { port } of services) {
    for (const host of ['127.0.0.1', '127.0.0.2', 'localhost', '0.0.0.0', '[::1]', NAME]) {
      const reason = await reasonFor(`http://${host}:${port}/`, { policy });
      expect([host, reason]).toEqual([host, expect.stringContaining('belongs to the platform')]);
    }
  }
});

test('over TLS the name stays: it is asked for, and the certificate must be its own', async () => {
  await using receiver = await Receiver.start({ tls: { key: pem, cert: pem } });
  const policy = { resolve: async () => ['127.0.0.1'] };
  await using sender = await world.startSender({ policy });
  await world.enqueue(await world.ended(receiver.url('/', NAME)));
  const received = await receiver.received.next();
  verify(received);
  expect(received.serverName).toBe(NAME);
  await expect.poll(() => world.waiting()).toBe(0);
  await sender[Symbol.asyncDispose]();
  const reason = await reasonFor(receiver.url('/', 'other.example'), { policy });
  expect(reason).toContain("Hostname/IP does not match certificate's altnames");
  expect(receiver.received.size).toBe(0);
});
