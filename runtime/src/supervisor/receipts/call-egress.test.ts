import type { CallEgress, EgressEntry } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { CallEgresses } from './call-egress.ts';

const OWNER = { tenant: 'main', function: 'shop', version: 'a'.repeat(64) };
const entry = (origin: string): EgressEntry => ({
  ...{
    time: '2026-11-27T10:00:00.000Z',
    invocation: 'one',
    method: 'GET',
    origin,
    address: '192.0.2.1',
    country: 'FR',
  },
  ...{ outcome: 'answered', status: 200, sentBytes: 0, receivedBytes: 3, wallMs: 5, reason: null },
});

function overOf(egresses: CallEgresses, invocation: string, owner = OWNER, asked = 0): (CallEgress | null)[] {
  const told: (CallEgress | null)[] = [];
  egresses.over(owner, invocation, asked, (egress) => told.push(egress));
  return told;
}

test('a call that asked for nothing has nothing', () => {
  expect(overOf(new CallEgresses(), 'one')).toEqual([null]);
});

test('requests are told when the call is over, and once', () => {
  const egresses = new CallEgresses();
  egresses.begin(OWNER, 'one');
  egresses.end(OWNER, 'one', entry('https://a.example'));
  expect(overOf(egresses, 'one')).toMatchObject([{ requests: 1, listed: [{ origin: 'https://a.example' }] }]);
  expect(overOf(egresses, 'one')).toEqual([null]);
});

test('a call that is over waits for the requests that it left', () => {
  const egresses = new CallEgresses();
  egresses.begin(OWNER, 'one');
  egresses.begin(OWNER, 'one');
  egresses.end(OWNER, 'one', entry('https://a.example'));
  const told = overOf(egresses, 'one');
  expect(told).toEqual([]);
  egresses.end(OWNER, 'one', entry('https://b.example'));
  expect(told).toMatchObject([
    { requests: 2, listed: [{ origin: 'https://a.example' }, { origin: 'https://b.example' }] },
  ]);
});

test('a call that is over waits for requests of which its cell has spoken, and nobody else yet', () => {
  const egresses = new CallEgresses();
  const told = overOf(egresses, 'one', OWNER, 2);
  egresses.begin(OWNER, 'one');
  egresses.end(OWNER, 'one', entry('https://a.example'));
  egresses.begin(OWNER, 'one', true);
  egresses.end(OWNER, 'one', entry('https://redirected.example'));
  expect(told).toEqual([]);
  egresses.begin(OWNER, 'one');
  egresses.end(OWNER, 'one', entry('https://b.example'));
  expect(told).toMatchObject([{ requests: 3 }]);
});

test('at the end of the node a request that is under way is counted and not listed', () => {
  const egresses = new CallEgresses();
  egresses.begin(OWNER, 'one');
  const told = overOf(egresses, 'one');
  egresses.settle();
  expect(told).toEqual([{ requests: 1, listed: [] }]);
});

test('no more than a hundred requests of a call are listed, and all are counted', () => {
  const egresses = new CallEgresses();
  for (let i = 0; i < 130; i++) {
    egresses.begin(OWNER, 'one');
    egresses.end(OWNER, 'one', entry('https://a.example'));
  }
  const [egress] = overOf(egresses, 'one');
  expect([egress!.requests, egress!.listed.length]).toEqual([130, 100]);
});

test('a tenant whose cell names calls that do not exist loses what is known of its own, and of no other', () => {
  const egresses = new CallEgresses();
  const other = { ...OWNER, tenant: 'other' };
  for (const owner of [OWNER, other]) {
    egresses.begin(owner, 'one');
    egresses.end(owner, 'one', entry('https://a.example'));
  }
  for (let i = 0; i < 10_000; i++) egresses.begin(OWNER, `made-up-${i}`);
  expect(overOf(egresses, 'one')).toEqual([null]);
  expect(overOf(egresses, 'one', other)).toMatchObject([{ requests: 1 }]);
});
