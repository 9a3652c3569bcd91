import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startFunction } from 'sovfn/testing';

const fn = await startFunction(new URL('..', import.meta.url));
after(() => fn.stop());

test('a job is taken at once and done in the background', async () => {
  const answer = await fn.fetch('/', { method: 'POST', body: 'bonjour' });
  assert.equal(answer.status, 202);
  const { id } = (await answer.json()) as { id: string };
  await fn.settled();
  assert.equal(await (await fn.fetch(`/${id}`)).text(), 'BONJOUR');
});

test('a message that is no job is tried again, and takes no other with it', async () => {
  const [good, bad] = await fn.queue('JOBS', [{ id: 'good', text: 'yes' }, { id: 'bad' }]);
  assert.equal(good?.state, 'succeeded');
  assert.equal(bad?.state, 'waiting');
  assert.equal(await fn.kv('RESULTS').get('good'), 'YES');
});
