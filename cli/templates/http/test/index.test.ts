import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startFunction } from 'sovfn/testing';

const fn = await startFunction(new URL('..', import.meta.url));
after(() => fn.stop());

test('greets whoever asks', async () => {
  assert.equal(await (await fn.fetch('/?name=Ada')).text(), 'Bonjour Ada\n');
});

test('gives back what it is sent', async () => {
  const answer = await fn.fetch('/echo', { method: 'POST', body: JSON.stringify({ order: 417 }) });
  assert.deepEqual(await answer.json(), { received: { order: 417 } });
});

test('says what is not there', async () => {
  const answer = await fn.fetch('/nothing');
  assert.equal(answer.status, 404);
  assert.deepEqual(await answer.json(), { detail: 'there is no GET /nothing' });
});
