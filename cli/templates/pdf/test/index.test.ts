import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startFunction } from 'sovfn/testing';

const fn = await startFunction(new URL('..', import.meta.url));
after(() => fn.stop());

test('makes a PDF of a letter', async () => {
  const letter = { to: 'Ada Lovelace', text: 'Bonjour,\nvoici votre lettre.' };
  const answer = await fn.fetch('/', { method: 'POST', body: JSON.stringify(letter) });
  assert.equal(answer.headers.get('content-type'), 'application/pdf');
  const bytes = new Uint8Array(await answer.arrayBuffer());
  assert.equal(new TextDecoder().decode(bytes.subarray(0, 5)), '%PDF-');
});

test('says what it needs', async () => {
  assert.equal((await fn.fetch('/')).status, 400);
  assert.equal((await fn.fetch('/', { method: 'POST', body: 'no JSON' })).status, 400);
});
