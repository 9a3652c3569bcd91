import { bundleSubject, encodeBundle, encodeTaken, replySubjectPrefix } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CallBench, targetOf } from '../peers/call-bench.ts';

let bench: CallBench;
beforeAll(async () => {
  bench = await CallBench.start();
});
afterAll(() => bench[Symbol.asyncDispose]());

test('a cell that has loaded the version gets the call as it was made, and its answer comes back', async () => {
  const cell = await bench.peer('c-direct');
  await cell.serve(targetOf('direct'), (served) => served.answer('bonjour'));
  const call = bench.start(targetOf('direct', 5_000));
  expect(await call.text()).toBe('bonjour');
  const { call: got } = await cell.calls.next();
  expect(got).toMatchObject({
    method: 'POST',
    url: 'http://localhost/a?b=c',
    headers: 'x-one\n1\n',
    remainingMs: 5_000,
    resends: 0,
    streamed: false,
    probe: false,
    isTraced: false,
  });
  expect(Buffer.from(got.body).toString()).toBe('hello');
  expect(call.pending.runner).toEqual({ node: 'node-1', cell: 'c-direct' });
});

test('a thousand calls at once each get their own answer', async () => {
  const cell = await bench.peer('c-many');
  await cell.serve(targetOf('many'), (served) => served.answer(Buffer.from(served.call.body)));
  const texts = Array.from({ length: 1_000 }, (_, i) =>
    bench.start(targetOf('many'), { body: Buffer.from(`n${i}`) }).text(),
  );
  expect(await Promise.all(texts)).toEqual(Array.from({ length: 1_000 }, (_, i) => `n${i}`));
  expect(bench.calls.inFlight).toBe(0);
});

test('a call of a version that no cell has loaded goes to placement, with the address of the version', async () => {
  const supervisor = await bench.peer('s-cold');
  await supervisor.place('fr', (served) => served.answer('placed'));
  const call = bench.start(targetOf('cold'));
  expect(await call.text()).toBe('placed');
  const { placement, call: got } = await supervisor.placed.next();
  expect(placement).toMatchObject({ tenant: 'main', function: 'cold', version: 'ab'.repeat(32) });
  expect(got).toMatchObject({ resends: 1, probe: false, url: 'http://localhost/a?b=c' });
  expect(Buffer.from(got.body).toString()).toBe('hello');
  await supervisor.close();
});

test('when nobody is there in one accepted country, the next is asked as part of the same send; another one is not', async () => {
  const supervisor = await bench.peer('s-further');
  await supervisor.place('fr', (served) => served.answer('placed'));
  const found = bench.start({ ...targetOf('further'), countries: ['BE', 'DE', 'FR'] });
  expect(await found.text()).toBe('placed');
  expect((await supervisor.placed.next()).call).toMatchObject({ resends: 1, probe: false });
  expect((await bench.start({ ...targetOf('further'), countries: ['BE', 'DE'] }).failure()).code).toBe(
    'no-node-in-zone',
  );
  bench.zonesWithNode.add('fr');
  expect((await bench.start({ ...targetOf('further'), countries: ['BE', 'DE'] }).failure()).detail.message).toBe(
    'the nodes of zone "fr" are in FR, and the tenant of the function has not accepted that',
  );
  bench.zonesWithNode.delete('fr');
  await supervisor.close();
});

test('without any node of the zone the call fails at once and names the zone', async () => {
  const failure = await bench.start(targetOf('lonely')).failure();
  expect(failure).toMatchObject({ code: 'no-node-in-zone', outcome: 'no-node-in-zone' });
  expect(failure.detail.message).toBe('no node of zone "fr" is connected, and the call may run nowhere else');
});

test('when the registry knows nodes but none takes calls, the failure is no-capacity', async () => {
  bench.zonesWithNode.add('fr');
  const failure = await bench.start(targetOf('crowded')).failure();
  bench.zonesWithNode.clear();
  expect(failure.code).toBe('no-capacity');
});

test('a call that a cell did not start is sent to placement, with less time left', async () => {
  const cell = await bench.peer('c-busy');
  const supervisor = await bench.peer('s-busy');
  await cell.serve(targetOf('busy'));
  await supervisor.place('fr', (served) => served.answer('elsewhere'));
  const call = bench.start(targetOf('busy', 10_000));
  const first = await cell.calls.next();
  first.taken();
  first.refuse('not-started');
  expect(await call.text()).toBe('elsewhere');
  const { call: got } = await supervisor.placed.next();
  expect(got.resends).toBe(1);
  expect(got.remainingMs).toBeLessThanOrEqual(10_000);
  await supervisor.close();
});

test('a call that is refused everywhere ends after three sends with the last reason', async () => {
  const supervisor = await bench.peer('s-full');
  const cell = await bench.peer('c-full');
  await cell.serve(targetOf('full'), (served) => served.refuse('not-started'));
  await supervisor.place('fr', (served) => served.refuse('load-shed'));
  const failure = await bench.start(targetOf('full')).failure();
  expect(failure).toMatchObject({ code: 'load-shed', outcome: 'load-shed' });
  expect([cell.calls.size, supervisor.placed.size]).toEqual([1, 2]);
  const sends = [await cell.calls.next(), await supervisor.placed.next(), await supervisor.placed.next()];
  expect(sends.map((send) => send.call.resends)).toEqual([0, 1, 2]);
  await supervisor.close();
});

test('a refusal that does not promise that nothing ran is not repeated', async () => {
  const cell = await bench.peer('c-bad');
  await cell.serve(targetOf('bad'), (served) => served.refuse('bad-bundle'));
  expect((await bench.start(targetOf('bad')).failure()).outcome).toBe('bad-bundle');
  expect(cell.calls.size).toBe(1);
});

test('a failure that the cell explains is passed on as it is', async () => {
  const cell = await bench.peer('c-fail');
  const detail = { message: 'boom', errorName: 'TypeError', stack: 'TypeError: boom\n    at src/index.ts:3:9' };
  await cell.serve(targetOf('fails'), (served) => served.fail('exception', detail));
  const failure = await bench.start(targetOf('fails')).failure();
  expect(failure).toMatchObject({ outcome: 'exception', isOwn: false, detail, usage: { cpuUs: 120, wallUs: 900 } });
});

test('a zone that the gateway does not serve is refused before anything is sent', () => {
  expect(() => bench.start(targetOf('far', 1_000, 'main', 'de'))).toThrow(
    'this gateway may not send calls to the zone "de"',
  );
});

test('an answer on the subject of another tenant reaches no call', async () => {
  const cell = await bench.peer('c-forged');
  await cell.serve(targetOf('forged'));
  const call = bench.start(targetOf('forged'));
  const served = await cell.calls.next();
  const forger = await bench.peer('c-forger', 'other');
  await forger.serve({ ...targetOf('forged'), tenant: 'other' });
  bench.start({ ...targetOf('forged', 10_000, 'other') });
  const lure = await forger.calls.next();
  const number = served.reply.split('.').at(-1)!;
  forger.connection.publish(lure.reply.replace(/[^.]+$/, number), Buffer.from([1, 4, 0, 0]));
  await forger.connection.flush();
  served.answer('genuine');
  expect(await call.text()).toBe('genuine');
});

test('a frame that breaks the protocol ends its own call and no other, and the cell is told to stop', async () => {
  const cell = await bench.peer('c-broken');
  await cell.serve(targetOf('broken'));
  const [broken, healthy] = [bench.start(targetOf('broken')), bench.start(targetOf('broken'))];
  const [first, second] = [await cell.calls.next(), await cell.calls.next()];
  first.taken();
  first.send(Buffer.from([99, 1, 0, 0]));
  second.answer('fine');
  expect(await healthy.text()).toBe('fine');
  expect((await broken.failure()).detail.message).toBe('a frame has protocol version 99; this side speaks 1');
  expect(await bench.invalid.next()).toContain('protocol version 99');
  expect(await first.frames.next()).toEqual({ kind: 'cancel' });
});

test('calls to one version that begin in the same turn reach its cell in few messages, in order', async () => {
  const cell = await bench.peer('c-turn');
  await cell.serve(targetOf('turn'), (served) => served.answer(Buffer.from(served.call.body)));
  const texts = Array.from({ length: 40 }, (_, i) =>
    bench.start(targetOf('turn'), { body: Buffer.from(`n${i}`) }).text(),
  );
  await Promise.all(texts);
  expect(cell.bundles).toEqual([24, 16]);
  const got = await Promise.all(texts.map(async () => Buffer.from((await cell.calls.next()).call.body).toString()));
  expect(got).toEqual(Array.from({ length: 40 }, (_, i) => `n${i}`));
});

test('calls to two versions in the same turn do not meet, and one call alone is no bundle', async () => {
  const [one, two] = [await bench.peer('c-one'), await bench.peer('c-two')];
  await one.serve(targetOf('one'), (served) => served.answer('of one'));
  await two.serve(targetOf('two'), (served) => served.answer('of two'));
  const texts = ['one', 'two', 'one'].map((name) => bench.start(targetOf(name)).text());
  expect(await Promise.all(texts)).toEqual(['of one', 'of two', 'of one']);
  expect([one.bundles, two.bundles]).toEqual([[2], [1]]);
});

test('calls of one turn that no cell takes are each placed', async () => {
  const supervisor = await bench.peer('s-turn');
  await supervisor.place('fr', (served) => served.answer(`placed ${Buffer.from(served.call.body).toString()}`));
  const texts = ['a', 'b', 'c'].map((body) => bench.start(targetOf('unloaded'), { body: Buffer.from(body) }).text());
  expect(await Promise.all(texts)).toEqual(['placed a', 'placed b', 'placed c']);
  await supervisor.close();
});

test('a call that is cancelled in the turn in which it began is not sent', async () => {
  const cell = await bench.peer('c-undone');
  await cell.serve(targetOf('undone'), (served) => served.answer(Buffer.from(served.call.body)));
  const before = bench.calls.inFlight;
  const undone = bench.start(targetOf('undone'), { body: Buffer.from('undone') });
  const kept = bench.start(targetOf('undone'), { body: Buffer.from('kept') });
  undone.pending.cancel();
  expect(await kept.text()).toBe('kept');
  expect(cell.bundles).toEqual([1]);
  expect(bench.calls.inFlight).toBe(before);
});

test('a large call is sent by itself, and so is a large answer, behind what was said before', async () => {
  const cell = await bench.peer('c-large');
  const large = Buffer.alloc(20_000, 7);
  await cell.serve(targetOf('large'), (served) => {
    served.taken();
    served.answer(Buffer.from(served.call.body));
  });
  const calls = ['small', large, 'another'].map((body) => bench.start(targetOf('large'), { body: Buffer.from(body) }));
  const texts = await Promise.all(calls.map((call) => call.text()));
  expect(texts.map(({ length }) => length)).toEqual([5, 20_000, 7]);
  expect(cell.bundles).toEqual([1, 2]);
});

test('a broken bundle is said in the log, and ends no call', async () => {
  const cell = await bench.peer('c-torn');
  await cell.serve(targetOf('torn'));
  const call = bench.start(targetOf('torn'));
  const served = await cell.calls.next();
  served.answer('whole');
  expect(await call.text()).toBe('whole');
  cell.connection.publish(bundleSubject(served.reply), Buffer.from([1, 32, 0, 9]));
  expect(await bench.invalid.next()).toBe('a bundle of 9 messages ends after 4 bytes, inside one of them');
});

test('a bundle in the name of another tenant answers nothing', async () => {
  const [owner, thief] = [await bench.peer('c-owner'), await bench.peer('c-thief', 'other')];
  await owner.serve(targetOf('owned'));
  const call = bench.start(targetOf('owned'));
  const served = await owner.calls.next();
  const name = served.reply.slice(served.reply.lastIndexOf('.') + 1);
  const stolen = encodeBundle([{ name, message: encodeTaken({ node: 'node-1', cell: 'c-thief' }) }]);
  thief.connection.publish(bundleSubject(replySubjectPrefix('gw-1', 'fr', 'other') + name), stolen);
  await thief.connection.flush();
  served.answer('mine');
  expect(await call.text()).toBe('mine');
  expect(call.pending.runner).toEqual({ node: 'node-1', cell: 'c-owner' });
});
