import type { AuditDraft } from '@sovfn/bus';
import { SovfnError } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { AuditTrail } from './audit-trail.ts';

function makeTrail() {
  const written: AuditDraft[] = [];
  const logged: string[] = [];
  const state = { isAway: false };
  const append = async (draft: AuditDraft): Promise<number> => {
    if (state.isAway) throw new SovfnError('audit-unavailable', 'away');
    return written.push(draft) - 1;
  };
  const trail = new AuditTrail({ audit: { append }, log: (_level, event) => void logged.push(event) });
  return { written, logged, state, trail };
}

test('what is the same is one entry with its number; start and stop of logging are entries', async () => {
  const { written, trail } = makeTrail();
  for (let i = 0; i < 5; i++) trail.count({ action: 'loginFailed', details: { address: '::1' } });
  await trail.close();
  expect(written.map(({ action, details }) => [action, details])).toEqual([
    ['loggingStarted', {}],
    ['loginFailed', { address: '::1', count: 5 }],
    ['loggingStopped', {}],
  ]);
});

test('an attack from many addresses names sixteen, and counts the others', async () => {
  const { written, trail } = makeTrail();
  for (let i = 0; i < 10_000; i++) trail.count({ action: 'loginFailed', details: { address: `10.0.0.${i}` } });
  await trail.flush();
  await trail.flush();
  const failures = written.filter(({ action }) => action === 'loginFailed');
  expect(failures).toHaveLength(17);
  expect(failures.at(-1)!.details).toEqual({ count: 9_984 });
  await trail.close();
});

test('while the log is away, counts are kept and changes are refused; the gateway says so once', async () => {
  const { written, logged, state, trail } = makeTrail();
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
  expect(written.at(-1)).toMatchObject({ action: 'loginFailed', details: { count: 3 } });
  expect(logged).toEqual(['audit-unavailable', 'audit-back']);
  await trail.close();
});
