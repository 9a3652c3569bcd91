import { expect, test } from 'vitest';
import { Admission, type Admitted, makeFunctionGate } from './admission.ts';

const TARGET_MS = 1_000;

function functionCalled(name: string): Admitted {
  return { tenant: 'main', name, counts: { gate: makeFunctionGate(TARGET_MS) } };
}

/** With so many calls that wait of each. */
function admit(admission: Admission, waiting: ReadonlyMap<Admitted, number>): void {
  for (const [to, calls] of waiting) for (let call = 0; call < calls; call++) admission.enter(to);
}

test('of a function whose calls wait too long further ones are refused, and of no other', () => {
  const told: unknown[] = [];
  const onShedding = ({ name }: Admitted, shedding: unknown): void => void told.push([name, shedding]);
  using admission = new Admission({ targetMs: TARGET_MS, onShedding });
  const [flooded, other] = [functionCalled('flooded'), functionCalled('other')];
  admit(admission, new Map([...[flooded, other].map((to) => [to, 100] as const)]));
  for (const now of [1_000, 2_000, 3_000]) {
    admission.answered(flooded, now, 4_000, 100);
    admission.answered(other, now, 900, 100);
  }
  expect(() => admission.assertRoom(flooded)).toThrow(
    expect.objectContaining({
      code: 'load-shed',
      message: 'calls of "flooded" wait for 4000 ms already, and 1000 ms are allowed',
      facts: { limitValue: 1_000, measured: 4_000, retryAfterS: 4 },
    }),
  );
  expect(() => admission.assertRoom(other)).not.toThrow();
  expect(told).toEqual([['flooded', { limit: 50, waitMs: 4_000 }]]);
  for (let call = 0; call < 100; call++) admission.leave(flooded);
  expect(() => admission.assertRoom(flooded)).not.toThrow();
  expect(told.at(-1)).toEqual(['flooded', null]);
});

test('a gateway that is late refuses calls of functions with more than their share, and lets in the others', () => {
  using admission = new Admission({ targetMs: TARGET_MS, onShedding: () => undefined });
  const [flooded, other] = [functionCalled('flooded'), functionCalled('other')];
  admit(
    admission,
    new Map([
      [flooded, 1_000],
      [other, 10],
    ]),
  );
  for (let now = 0; now <= 400; now += 100) admission.noteLate(now, 600);
  expect(() => admission.assertRoom(flooded)).not.toThrow();
  for (let now = 500; now <= 700; now += 100) admission.noteLate(now, 600);
  expect(() => admission.assertRoom(flooded)).toThrow('calls of the gateway wait for 600 ms already');
  expect(() => admission.assertRoom(other)).not.toThrow();
});

test('a gateway in which few calls wait refuses none, however late it is', () => {
  using admission = new Admission({ targetMs: TARGET_MS, onShedding: () => undefined });
  const to = functionCalled('called');
  admit(admission, new Map([[to, 60]]));
  for (let now = 0; now <= 60_000; now += 100) admission.noteLate(now, 5_000);
  expect(() => admission.assertRoom(to)).not.toThrow();
});

test('without a target nobody is refused', () => {
  using admission = new Admission({ targetMs: null, onShedding: () => undefined });
  const to = { tenant: 'main', name: 'called', counts: { gate: makeFunctionGate(null) } };
  admit(admission, new Map([[to, 1_000]]));
  for (let now = 0; now <= 60_000; now += 100) {
    admission.noteLate(now, 5_000);
    admission.answered(to, now, 20_000, 1);
  }
  expect(() => admission.assertRoom(to)).not.toThrow();
});
