import { EventEmitter, once } from 'node:events';
import { readFile, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditDraft } from '@sovfn/bus';
import { SovfnError } from '@sovfn/protocol';
import { makeTemporaryFolder, type TemporaryFolder } from '@sovfn/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditSpool } from './audit-spool.ts';
import { AuditTrail } from './audit-trail.ts';

let folder: TemporaryFolder;
let trails = 0;
beforeAll(async () => {
  folder = await makeTemporaryFolder('audit-trail');
});
afterAll(() => folder[Symbol.asyncDispose]());

async function makeTrail({
  path = join(folder.path, `${trails++}.jsonl`),
  isAway = false,
  mostWaitingBytes = 1e6,
} = {}) {
  const written: AuditDraft[] = [];
  const logged: string[] = [];
  const state = { isAway };
  const append = async (draft: AuditDraft): Promise<number> => {
    if (state.isAway) throw new SovfnError('audit-unavailable', 'away');
    return written.push(draft) - 1;
  };
  const audit = { append, knownSize: async () => 0, recall: async () => undefined };
  const events = new EventEmitter();
  const log = (_level: string, event: string): void => {
    logged.push(event);
    events.emit(event);
  };
  const trail = await AuditTrail.open({ audit, spool: new AuditSpool(path), log, mostWaitingBytes });
  return { path, written, logged, events, state, trail };
}

/** Without the ids, of which each is another. */
const said = ({ action, details: { note: _, ...details } }: AuditDraft) => [action, details];

test('what is the same is one entry with its number; start and stop of logging are entries', async () => {
  const { written, trail } = await makeTrail();
  for (let i = 0; i < 5; i++) trail.count({ action: 'loginFailed', details: { address: '::1' } });
  await trail.close();
  expect(written.map(said)).toEqual([
    ['loggingStarted', {}],
    ['loginFailed', { address: '::1', count: 5 }],
    ['loggingStopped', {}],
  ]);
});

test('an attack from many addresses names sixteen, and counts the others', async () => {
  const { written, trail } = await makeTrail();
  for (let i = 0; i < 10_000; i++) trail.count({ action: 'loginFailed', details: { address: `10.0.0.${i}` } });
  await trail.flush();
  await trail.flush();
  const failures = written.filter(({ action }) => action === 'loginFailed');
  expect(failures).toHaveLength(17);
  expect(said(failures.at(-1)!)).toEqual(['loginFailed', { count: 9_984 }]);
  await trail.close();
});

test('while the log is away, counts are kept and changes are refused; the gateway says so once', async () => {
  const { written, logged, state, trail } = await makeTrail();
  await trail.flush();
  state.isAway = true;
  const draft = { tenant: 'main', actor: 'owner', action: 'setSecret', function: 'f', details: {} };
  for (let i = 0; i < 3; i++) {
    trail.count({ action: 'loginFailed' });
    await trail.flush();
    await expect(trail.record(draft)).rejects.toMatchObject({ code: 'audit-unavailable' });
  }
  expect(logged).toEqual(['audit-unavailable']);
  state.isAway = false;
  await trail.flush();
  expect(written.slice(-3).map(said)).toEqual(Array.from({ length: 3 }, () => ['loginFailed', {}]));
  expect(logged).toEqual(['audit-unavailable', 'audit-back']);
  await trail.close();
});

test('what one process could not write is written by the next, and the file is empty then', async () => {
  const { path, trail } = await makeTrail({ isAway: true });
  for (let i = 0; i < 5; i++) trail.count({ action: 'loginFailed', details: { address: '::1' } });
  await trail.close();
  const next = await makeTrail({ path });
  await next.trail.close();
  expect(next.logged).toEqual(['audit-spool-read']);
  expect(next.written.map(said)).toEqual([
    ['loggingStarted', {}],
    ['loginFailed', { address: '::1', count: 5 }],
    ['loggingStopped', {}],
    ['loggingStarted', {}],
    ['loggingStopped', {}],
  ]);
  expect(await readFile(path, 'utf8')).toBe('');
});

test('a spool that cannot be read is not replaced, and taken up once it can be', async () => {
  const { path, trail } = await makeTrail({ isAway: true });
  for (let i = 0; i < 5; i++) trail.count({ action: 'loginFailed', details: { address: '::1' } });
  await trail.close();
  const left = await readFile(path, 'utf8');
  await rename(path, `${path}.aside`);
  await symlink(`${path}.aside`, path);
  const blind = await makeTrail({ path, isAway: true });
  await blind.trail.close();
  expect(blind.logged).toContain('audit-spool-unavailable');
  const seeing = await makeTrail({ path });
  await seeing.trail.flush();
  expect(await readFile(`${path}.aside`, 'utf8')).toBe(left);
  const isRead = once(seeing.events, 'audit-spool-read');
  await rename(`${path}.aside`, path);
  await seeing.trail.flush();
  await isRead;
  await seeing.trail.close();
  const failures = seeing.written.filter(({ action }) => action === 'loginFailed');
  expect(failures.map(said)).toEqual([['loginFailed', { address: '::1', count: 5 }]]);
  expect(await readFile(path, 'utf8')).toBe('');
});

test('what does not fit into the room for what waits is counted by its action, and the log says so', async () => {
  const { written, state, trail } = await makeTrail({ isAway: true, mostWaitingBytes: 1_000 });
  await trail.flush();
  for (let i = 0; i < 10; i++) trail.count({ action: 'loginFailed', details: { address: `10.0.0.${i}` } });
  await trail.flush();
  for (let i = 0; i < 10; i++) trail.count({ action: 'accessRefused', details: { operation: `o${i}` } });
  state.isAway = false;
  await trail.flush();
  const kept = written.filter(({ action }) => action === 'loginFailed');
  expect(kept.length).toBeGreaterThan(0);
  expect(written.slice(-2).map(said)).toEqual([
    ['notesDropped', { of: 'loginFailed', count: 10 - kept.length }],
    ['notesDropped', { of: 'accessRefused', count: 10 }],
  ]);
  await trail.close();
});
