import { bundleObject } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Supervisor } from '../../src/index.ts';
import { BUNDLES, OTHER_ZONE, Platform, ZONE } from './platform.ts';

let platform: Platform;
let supervisor: Supervisor;

beforeAll(async () => {
  platform = await Platform.start();
  supervisor = await platform.startSupervisor();
});

afterAll(async () => {
  await supervisor.close();
  await platform[Symbol.asyncDispose]();
});

test('the first call of a function is placed, and the next ones go to its cell directly', async () => {
  const hello = await platform.deploy('hello', answers('bonjour'));
  expect(await platform.gateway.callWarm(hello)).toBeNull();
  expect(await platform.gateway.place(hello)).toMatchObject({ outcome: 'ok', body: 'bonjour' });
  await platform.probe.seen('version-loaded', { function: 'hello' });
  expect(await platform.gateway.callWarm(hello)).toMatchObject({ outcome: 'ok', body: 'bonjour' });
});

test('fifty first calls at once start one cell and load the function once', async () => {
  const crowd = await platform.deploy('crowd', answers('ok'), { tenant: 'crowd' });
  const calls = Array.from({ length: 50 }, () => platform.gateway.call(crowd));
  const answers50 = await Promise.all(calls);
  expect(answers50.map((answer) => answer?.body)).toEqual(Array.from({ length: 50 }, () => 'ok'));
  await platform.probe.seen('version-loaded', { tenant: 'crowd' });
  expect(platform.probe.of('cell-assigned').filter(({ tenant }) => tenant === 'crowd')).toHaveLength(1);
  expect(platform.probe.of('version-loaded').filter(({ tenant }) => tenant === 'crowd')).toHaveLength(1);
});

test('two tenants never share a process', async () => {
  const pid = `fetch() { return new Response(globalThis.seen ??= String(Math.random())) }`;
  const acme = await platform.deploy('who', pid, { tenant: 'acme' });
  const globex = await platform.deploy('who', pid, { tenant: 'globex' });
  expect(acme.version).toBe(globex.version);
  const [one, other] = await Promise.all([platform.gateway.call(acme), platform.gateway.call(globex)]);
  expect(one?.cell).not.toBe(other?.cell);
  expect(await platform.pidOfCell('acme')).not.toBe(await platform.pidOfCell('globex'));
});

test('a function that nobody deployed is refused by name', async () => {
  const ghost = await platform.publish('ghost', answers('boo'));
  expect(await platform.gateway.call(ghost)).toEqual({
    kind: 'failure',
    outcome: 'function-not-found',
    message: `version ${ghost.version} of function "ghost" of tenant "main" is not in the registry of functions`,
    body: '',
    cell: '',
  });
});

test('a deploy that the gateway has seen a moment earlier than the node is waited for', async () => {
  const fresh = await platform.publish('fresh', answers('new'));
  const call = platform.gateway.place(fresh);
  await platform.record(fresh);
  expect(await call).toMatchObject({ outcome: 'ok', body: 'new' });
});

test('an older version that is still in the record answers, with its own manifest', async () => {
  const vars = `fetch(request, env) { return new Response(env.STAGE) }`;
  const first = await platform.deploy('staged', vars, { config: { vars: { STAGE: 'one' } } });
  const second = await platform.deploy('staged', vars, { config: { vars: { STAGE: 'two' } } });
  expect(await platform.gateway.call(first)).toMatchObject({ outcome: 'ok', body: 'one' });
  expect(await platform.gateway.call(second)).toMatchObject({ outcome: 'ok', body: 'two' });
});

test('a function runs only in the zone that its manifest names', async () => {
  const european = await platform.deploy('european', answers('eu'), { config: { residency: OTHER_ZONE } });
  expect(await platform.gateway.call(european)).toMatchObject({ outcome: 'ok', body: 'eu' });
  const elsewhere = { ...european, zone: ZONE };
  const refusal = await platform.gateway.place(elsewhere, { resends: 1 });
  expect(refusal).toMatchObject({ kind: 'refusal', outcome: 'residency-unsatisfied' });
  expect(await platform.gateway.place(elsewhere, { resends: 2 })).toMatchObject({
    kind: 'failure',
    outcome: 'residency-unsatisfied',
    message: 'function "european" may run in zone "eu" only; the call came for zone "fr"',
  });
});

test('a call of an older version cannot run in a zone that only the newer one allows', async () => {
  const moved = await platform.deploy('moved', answers('eu'), { config: { residency: OTHER_ZONE } });
  await platform.deploy('moved', answers('fr'), { config: { residency: ZONE } });
  const elsewhere = { ...moved, zone: ZONE };
  expect(await platform.gateway.call(elsewhere)).toMatchObject({ outcome: 'residency-unsatisfied' });
});

test('a version whose bundle was changed in the object store never runs, and the previous one keeps serving', async () => {
  const before = await platform.deploy('ledger', answers('before'));
  expect(await platform.gateway.call(before)).toMatchObject({ body: 'before' });
  const after = await platform.deploy('ledger', answers('after'));
  const object = bundleObject(after.tenant, after.function, after.version);
  await platform.store.put(BUNDLES, object, Buffer.from('const x = {}; export{x as default};\n'));
  expect(await platform.gateway.call(after)).toMatchObject({
    kind: 'failure',
    outcome: 'bad-bundle',
    message: `the stored object ${object} does not have the hash its manifest says`,
  });
  expect(await platform.probe.seen('tampered', { where: object })).toBeDefined();
  expect(await platform.gateway.call(before)).toMatchObject({ body: 'before' });
});

test('a module that throws while it loads answers with what it threw, and is tried again at the next call', async () => {
  const broken = await platform.deploy('broken', `fetch: (() => { throw new Error('no start') })()`);
  expect(await platform.gateway.call(broken)).toMatchObject({ outcome: 'bad-bundle' });
  expect(await platform.gateway.call(broken)).toMatchObject({ outcome: 'bad-bundle' });
  expect(platform.probe.of('version-refused').filter((entry) => entry.version === broken.version)).toHaveLength(2);
});

test('a call whose time is over before it could start is answered, not run', async () => {
  const late = await platform.deploy('late', answers('too late'));
  expect(await platform.gateway.place(late, { remainingMs: 1 })).toMatchObject({ kind: 'failure', outcome: 'expired' });
});

test('a message that is no placement is reported and disturbs nothing', async () => {
  const well = await platform.deploy('well', answers('well'));
  void platform.gateway.placeRaw(well, Buffer.from('not a placement')).catch(() => undefined);
  expect(await platform.probe.seen('placement-malformed')).toMatchObject({ zone: ZONE });
  expect(await platform.gateway.call(well)).toMatchObject({ body: 'well' });
});

test('a function that was deleted is let go, and its next call is refused', async () => {
  const gone = await platform.deploy('gone', answers('here'));
  expect(await platform.gateway.call(gone)).toMatchObject({ body: 'here' });
  await platform.registry.remove(gone.tenant, gone.function);
  await platform.probe.seen('version-evicted', { function: 'gone', reason: 'undeployed' });
  expect(await platform.gateway.place(gone)).toMatchObject({ outcome: 'function-not-found' });
});

function answers(text: string): string {
  return `fetch() { return new Response(${JSON.stringify(text)}) }`;
}
