import { cellDownSubject, encodeTaken, nodeUpSubject } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CallBench, targetOf } from '../peers/call-bench.ts';
import type { Peer } from '../peers/peer-cell.ts';

let bench: CallBench;
beforeAll(async () => {
  bench = await CallBench.start();
});
afterAll(() => bench[Symbol.asyncDispose]());

test('a call that is not answered in time ends as exceeded-wall-time two seconds later, and its cell is told', async () => {
  const cell = await bench.peer('c-slow');
  await cell.serve(targetOf('slow'), (served) => served.taken());
  const call = bench.start(targetOf('slow', 100));
  const failure = await call.failure();
  expect(failure).toMatchObject({ outcome: 'exceeded-wall-time', detail: { limit: 'wallMs', limitValue: 100 } });
  expect(failure.detail.measured).toBeGreaterThanOrEqual(2_100);
  const served = await cell.calls.next();
  expect(await served.frames.next()).toEqual({ kind: 'cancel' });
});

test('a call that somebody swallows is asked for at placement once, with the probe flag', async () => {
  const eavesdropper = await bench.peer('c-deaf');
  const supervisor = await bench.peer('s-probe');
  await eavesdropper.serve(targetOf('swallowed'));
  await supervisor.place('fr', (served) => served.answer('found'));
  expect(await bench.start(targetOf('swallowed')).text()).toBe('found');
  const { call } = await supervisor.placed.next();
  expect(call).toMatchObject({ probe: true, resends: 1 });
  await supervisor.close();
});

test('a refused probe changes nothing: the cell that has the call may still answer', async () => {
  const cell = await bench.peer('c-blocked');
  const supervisor = await bench.peer('s-refuses');
  await cell.serve(targetOf('blocked'));
  await supervisor.place('fr', (served) => served.refuse('not-started'));
  const call = bench.start(targetOf('blocked'));
  const served = await cell.calls.next();
  await supervisor.placed.next();
  served.answer('late but whole');
  expect(await call.text()).toBe('late but whole');
  await supervisor.close();
});

test('cancelling tells the cell that has the call', async () => {
  const cell = await bench.peer('c-known');
  await cell.serve(targetOf('known'));
  const call = bench.start(targetOf('known'));
  const served = await cell.calls.next();
  served.taken();
  await untilTaken(cell, call.pending);
  call.pending.cancel();
  expect(await served.frames.next()).toEqual({ kind: 'cancel' });
  expect(bench.calls.inFlight).toBe(0);
});

test('cancelling a call that nobody has claimed tells all cells of the tenant', async () => {
  const cell = await bench.peer('c-unknown');
  await cell.serve(targetOf('unknown'));
  const call = bench.start(targetOf('unknown'));
  const { reply } = await cell.calls.next();
  call.pending.cancel();
  expect(await cell.questions.next()).toEqual({
    kind: 'who',
    callKey: `gw-1.${reply.split('.').at(-1)!}`,
    cancel: true,
  });
});

test('when a cell is gone its calls end at once with the reason its supervisor gives', async () => {
  const [cell, neighbour] = [await bench.peer('c-dying'), await bench.peer('c-next')];
  await cell.serve(targetOf('dying'), (served) => served.taken());
  await neighbour.serve(targetOf('next'), (served) => served.taken());
  const [dying, next] = [bench.start(targetOf('dying')), bench.start(targetOf('next'))];
  await untilTaken(cell, dying.pending);
  await untilTaken(neighbour, next.pending);
  announceDown(neighbour, 'c-dying', 'main', { outcome: 'exceeded-memory', limitValue: 128, measured: 131 });
  expect(await dying.failure()).toMatchObject({
    outcome: 'exceeded-memory',
    detail: { limit: 'memoryMb', limitValue: 128, measured: 131 },
  });
  (await neighbour.calls.next()).answer('alive');
  expect(await next.text()).toBe('alive');
});

test('calls that a dead cell had not claimed are asked for: claimed ones go on, the others end as cell-lost', async () => {
  const [dead, alive] = [await bench.peer('c-dead'), await bench.peer('c-alive')];
  await dead.serve(targetOf('orphan'));
  await alive.serve(targetOf('kept'));
  const [orphan, kept] = [bench.start(targetOf('orphan')), bench.start(targetOf('kept'))];
  const held = await alive.calls.next();
  await dead.calls.next();
  await dead.close();
  announceDown(alive, 'c-dead', 'main');
  for (const question of [await alive.questions.next(), await alive.questions.next()]) {
    alive.byKey(question.callKey)?.send(encodeTaken({ node: 'node-1', cell: 'c-alive' }));
  }
  const failure = await orphan.failure();
  expect(failure.outcome).toBe('cell-lost');
  expect(failure.detail.message).toBe('the cell that ran the call ended: cell-lost');
  held.answer('still here');
  expect(await kept.text()).toBe('still here');
});

test.each([
  ['starts again', (by: Peer) => by.connection.publish(nodeUpSubject('fr', 'node-1'), Buffer.from('{"v":1}'))],
  ['is not heard of any more', () => bench.calls.nodeGone('node-1')],
])('when a node %s its calls are asked for: those of a cell that is there go on, the others end', async (how, lose) => {
  const name = how.replaceAll(' ', '-');
  const [dead, alive] = [await bench.peer(`c-dead-${name}`), await bench.peer(`c-alive-${name}`)];
  await dead.serve(targetOf(`claimed-${name}`), (served) => served.taken());
  await dead.serve(targetOf(`unclaimed-${name}`));
  await alive.serve(targetOf(`alive-${name}`), (served) => served.taken());
  const claimed = bench.start(targetOf(`claimed-${name}`));
  const unclaimed = bench.start(targetOf(`unclaimed-${name}`));
  const going = bench.start(targetOf(`alive-${name}`));
  await untilTaken(dead, claimed.pending);
  await untilTaken(alive, going.pending);
  await dead.close();
  lose(alive);
  const answering = (async () => {
    for (let asked = 0; asked < 3; asked++) {
      alive.byKey((await alive.questions.next()).callKey)?.taken();
    }
  })();
  for (const call of [claimed, unclaimed]) {
    const failure = await call.failure();
    expect(failure.outcome).toBe('cell-lost');
    expect(failure.detail.message).toBe('node "node-1" was lost while it had the call');
  }
  await answering;
  (await alive.calls.next()).answer('still here');
  expect(await going.text()).toBe('still here');
});

test('a node whose supervisor starts ends no call of another node', async () => {
  const other = await bench.peer('c-elsewhere');
  await other.serve(targetOf('elsewhere'), (served) => served.taken());
  const call = bench.start(targetOf('elsewhere'));
  await untilTaken(other, call.pending);
  other.connection.publish(nodeUpSubject('fr', 'node-2'), Buffer.from('{"v":1}'));
  await other.connection.flush();
  await bench.wire.flush();
  expect(other.questions.size).toBe(0);
  (await other.calls.next()).answer('untouched');
  expect(await call.text()).toBe('untouched');
});

test('the loss of a cell puts no call of another tenant in question', async () => {
  const other = await bench.peer('c-other', 'other');
  await other.serve({ ...targetOf('theirs'), tenant: 'other' });
  const call = bench.start(targetOf('theirs', 10_000, 'other'));
  const served = await other.calls.next();
  announceDown(other, 'c-gone', 'main');
  await bench.wire.flush();
  served.answer('untouched');
  expect(await call.text()).toBe('untouched');
  expect(other.questions.size).toBe(0);
});

/** Until the client has seen the cell's `taken`: frames of one connection arrive in order, and so does a question's answer. */
async function untilTaken(peer: Peer, pending: { readonly isTaken: boolean }): Promise<void> {
  while (!pending.isTaken) {
    await peer.connection.flush();
    await bench.wire.flush();
  }
}

function announceDown(by: Peer, cell: string, tenant: string, more: object = {}): void {
  const down = { v: 1, cell, node: 'node-1', tenant, outcome: 'cell-lost', limitValue: null, measured: null, ...more };
  by.connection.publish(cellDownSubject('fr', cell), Buffer.from(JSON.stringify(down)));
}
