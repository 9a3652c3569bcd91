import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CellHarness, startCell } from './cell-harness.ts';

let cell: CellHarness;
beforeAll(async () => {
  cell = await startCell();
});
afterAll(() => cell[Symbol.asyncDispose]());

test('calls at once get their own signatures, of a key that the module made while it loaded', async () => {
  await cell.deploy(
    'signer',
    `const key = await crypto.subtle.importKey('raw', new TextEncoder().encode('secret'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
    const handler = { async fetch(request) {
      const body = await request.bytes();
      const tag = await crypto.subtle.sign('HMAC', key, body);
      return new Response(String(await crypto.subtle.verify('HMAC', key, tag, body)) + ' ' + new TextDecoder().decode(body));
    } };\nexport{handler as default};\n`,
  );
  const numbers = Array.from({ length: 60 }, (_, index) => String(index));
  const answers = await Promise.all(numbers.map((number) => cell.call('signer', { body: Buffer.from(number) })));
  expect(answers.map((answer) => answer.body.toString())).toEqual(numbers.map((number) => `true ${number}`));
});

test('a call that waits for the host alone is not taken for one that never settles', async () => {
  await cell.deploy(
    'deriver',
    `async fetch() {
      const key = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits']);
      const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(8), iterations: 3_000_000 };
      const all = await Promise.all(Array.from({ length: 8 }, () => crypto.subtle.deriveBits(algorithm, key, 256)));
      return new Response(String(all.length));
    }`,
  );
  const answer = await cell.call('deriver');
  expect(answer.body.toString()).toBe('8');
}, 60_000);

test('a compressed body streams through a function that decompresses and compresses it', async () => {
  await cell.deploy(
    'recoder',
    `fetch(request) {
      const body = request.body.pipeThrough(new DecompressionStream('gzip')).pipeThrough(new CompressionStream('gzip')).pipeThrough(new DecompressionStream('gzip'));
      return new Response(body);
    }`,
    { cpuMs: 2_000 },
  );
  const text = 'a line of a text\n'.repeat(100_000);
  const answer = await cell.call('recoder', { body: gzipSync(text) });
  expect(answer.outcome).toBe('ok');
  expect(answer.body.toString() === text).toBe(true);
});

test('compression streams that calls leave open end with them', async () => {
  await cell.deploy(
    'forgetful',
    `fetch() {
      for (let i = 0; i < 100; i++) new CompressionStream('gzip');
      return new Response('fine');
    }`,
  );
  for (let i = 0; i < 3; i++) expect((await cell.call('forgetful')).body.toString()).toBe('fine');
});

test('digests are charged to the call, as they run on its thread', async () => {
  await cell.deploy(
    'digester',
    `async fetch() {
      const bytes = new Uint8Array(2 ** 24);
      for (;;) await crypto.subtle.digest('SHA-512', bytes);
    }`,
    { cpuMs: 100 },
  );
  expect((await cell.call('digester')).outcome).toBe('exceeded-cpu');
});

test('a call that goes away while the host works for it harms nothing', async () => {
  await cell.deploy(
    'leaver',
    `async fetch(request) {
      if (new URL(request.url).pathname === '/stay') return new Response('here');
      const key = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits']);
      const all = Array.from({ length: 20 }, () => crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(8), iterations: 100_000 }, key, 256));
      await Promise.all(all);
      return new Response('derived');
    }`,
  );
  const leaving = await cell.start('leaver');
  leaving.cancel();
  const staying = await cell.call('leaver', { url: 'http://localhost/stay' });
  expect(staying.body.toString()).toBe('here');
  expect((await cell.call('leaver')).body.toString()).toBe('derived');
});
