import type { Quotas } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { TenantQuotas } from './tenant-quotas.ts';

function makeQuotas(quotas: Partial<Quotas>) {
  const clock = { now: 0 };
  const all = { callsPerMinute: null, concurrency: null, functions: null, storageBytes: null, ...quotas };
  const quotasOf = (tenant: string) => (tenant === 'acme' ? all : null);
  return { clock, quotas: new TenantQuotas({ quotasOf, now: () => clock.now }) };
}

function refusalOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

test('a tenant without quotas is not counted', () => {
  expect(makeQuotas({ concurrency: 0 }).quotas.enter('main')).toBe(null);
});

test('requests beyond those of a minute are refused until the next one', () => {
  const { clock, quotas } = makeQuotas({ callsPerMinute: 2 });
  quotas.enter('acme')!();
  quotas.enter('acme')!();
  clock.now = 50_000;
  const refused = refusalOf(() => quotas.enter('acme'));
  expect(refused).toMatchObject({ code: 'quota-exceeded', facts: { limit: 'callsPerMinute', retryAfterS: 10 } });
  clock.now = 60_000;
  quotas.enter('acme');
});

test('requests beyond those that may be under way are refused until one is over', () => {
  const { quotas } = makeQuotas({ concurrency: 1 });
  const leave = quotas.enter('acme')!;
  expect(() => quotas.enter('acme')).toThrow('quota concurrency of 1 (measured 1)');
  leave();
  quotas.enter('acme');
});
