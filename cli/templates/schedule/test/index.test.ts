import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startFunction } from 'sovfn/testing';

const fn = await startFunction(new URL('..', import.meta.url));
after(() => fn.stop());

test('the report has the day of Paris', async () => {
  // Half past two comes twice in this night: this is the first one, at 00:30 in UTC.
  const run = await fn.schedule('nightly', { at: '2026-10-25T02:30' });
  assert.equal(run.state, 'succeeded');
  assert.equal(await (await fn.fetch('/2026-10-25')).text(), 'report of 2026-10-25\n');
  assert.deepEqual(
    (await fn.logs(run)).map(({ text }) => text),
    ['nightly: report of 2026-10-25 is written'],
  );
});

test('there is no report of a day that did not run', async () => {
  assert.equal((await fn.fetch('/2001-01-01')).status, 404);
});
