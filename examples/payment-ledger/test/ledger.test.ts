import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { memoryBucket } from '../../csv-import/test/memory-bucket.ts';
import { book, readMonth } from '../src/ledger.ts';
import { entryOf } from '../src/payment.ts';
import { memoryKv } from './memory-kv.ts';

type Json = Record<string, unknown>;

async function shipped(name: string): Promise<Json> {
  const text = await readFile(new URL(`../input/${name}.json`, import.meta.url), 'utf8');
  return JSON.parse(text) as Json;
}

/** A payment with other values in its object. */
async function payment(change: Json, event: Json = {}): Promise<Json> {
  const shippedEvent = await shipped('payment-cafe');
  const { object } = shippedEvent['data'] as { object: Json };
  return { ...shippedEvent, ...event, data: { object: { ...object, ...change } } };
}

const emptyLedger = () => ({ MONTHS: memoryKv(), LEDGER: memoryBucket() });

test('fifty events that are booked at the same time, twice each, are fifty rows', async () => {
  const env = emptyLedger();
  const entries = await Promise.all(
    Array.from({ length: 50 }, async (_, i) => entryOf(await payment({}, { id: `evt_${i}` }))!),
  );
  const booked = await Promise.all([...entries, ...entries].map((entry) => book(entry, env)));
  expect(booked.filter(Boolean)).toHaveLength(50);
  const file = await (await readMonth('2026-11', env))!.text();
  const ids = file
    .split('\r\n')
    .slice(1, -1)
    .map((row) => row.split(';')[1]!);
  expect(ids.toSorted()).toEqual(entries.map(({ event }) => event).toSorted());
});

test('a row that was written by somebody who died before the file was written is in the file afterwards', async () => {
  const env = emptyLedger();
  const entry = entryOf(await shipped('payment-cafe'))!;
  const dying = { ...env, LEDGER: { ...env.LEDGER, put: () => Promise.reject(new Error('killed')) } };
  await expect(book(entry, dying)).rejects.toThrow('killed');
  expect(await book(entry, env)).toBe(false);
  expect(await (await readMonth('2026-11', env))!.text()).toContain(entry.event);
});

test('a second refund of a charge is what was refunded since the first', async () => {
  const event = await shipped('refund');
  const data = event['data'] as { object: Json };
  const second = {
    ...event,
    data: { object: { ...data.object, amount_refunded: 4_890 }, previous_attributes: { amount_refunded: 1_630 } },
  };
  expect(entryOf(second)).toMatchObject({ kind: 'remboursement', amount: '-32,60' });
});

test.each([
  [5, 'eur', '0,05'],
  [100_000_000, 'eur', '1000000,00'],
  [4_890, 'jpy', '4890'],
])('%s of %s is %s', async (units, currency, amount) => {
  expect(entryOf(await payment({ amount_received: units, currency }))).toMatchObject({ amount });
});

test.each([
  ['no amount', { amount_received: null }, '"amount_received" is null and no whole number'],
  ['no currency', { currency: 7 }, '"currency" is 7 and no text'],
])('a payment with %s is refused, so that its event is kept as a dead letter', async (_what, change, reason) => {
  const event = await payment(change);
  expect(() => entryOf(event)).toThrow(reason);
});
