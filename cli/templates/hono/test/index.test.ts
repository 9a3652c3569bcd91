import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startFunction } from 'sovfn/testing';

const fn = await startFunction(new URL('..', import.meta.url));
after(() => fn.stop());

test('keeps notes', async () => {
  assert.equal((await fn.fetch('/notes/shopping', { method: 'PUT', body: 'bread' })).status, 204);
  assert.equal(await (await fn.fetch('/notes/shopping')).text(), 'bread');
  assert.equal(await fn.kv('NOTES').get('shopping'), 'bread');
});

test('says which notes there are, and which are not', async () => {
  await fn.kv('NOTES').put('books', 'Dune');
  const { names } = (await (await fn.fetch('/notes')).json()) as { names: string[] };
  assert.ok(names.includes('books'));
  assert.equal((await fn.fetch('/notes/nothing')).status, 404);
});
