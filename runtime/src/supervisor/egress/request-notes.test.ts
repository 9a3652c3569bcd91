import { expect, test } from 'vitest';
import { CallEgresses } from '../receipts/call-egress.ts';
import { RequestNotes } from './request-notes.ts';

test('a broker that begins requests without end is not believed', () => {
  const notes = new RequestNotes({ ledger: { note: () => undefined }, egresses: new CallEgresses() });
  const owner = { zone: 'fr', tenant: 'main', function: 'shop', version: 'a'.repeat(64) };
  const begun = {
    ...({ type: 'begun', attachment: 1, function: 'shop', version: owner.version, isRedirect: false } as const),
    ...{ time: '2026-11-28T00:00:00.000Z', invocation: null, method: 'GET', origin: 'https://a.example' },
  };
  for (let request = 1; request <= 100_000; request++) notes.begin(owner, { ...begun, request });
  expect(() => notes.begin(owner, { ...begun, request: 100_001 })).toThrow('more than 100000 requests');
});
