import { readFile } from 'node:fs/promises';
import type { Bucket } from 'sovfn';
import { describe, expect, test } from 'vitest';
import { memoryBucket } from '../../csv-import/test/memory-bucket.ts';
import handler from '../src/index.ts';
import { field } from '../src/label.ts';
import { parseOrders } from '../src/order.ts';
import { checkDigit, ssccOf } from '../src/sscc.ts';
import { MemoryQueue } from './memory-queue.ts';

interface Order {
  readonly number: string;
  readonly recipient: Record<string, unknown>;
  readonly parcels: readonly number[];
}

function open(ARCHIVE: Bucket = memoryBucket()) {
  const env = { LABELS: new MemoryQueue('LABELS'), ARCHIVE, GS1_PREFIX: '3770001', SENDER: 'Ateliers Lemoine, Lyon' };
  const call = async (path: string, init?: RequestInit): Promise<Response> =>
    handler.fetch(new Request(`https://sovfn.example${path}`, init), env);
  const post = async (orders: unknown): Promise<Response> =>
    call('/orders', { method: 'POST', body: JSON.stringify(orders), headers: { 'content-type': 'application/json' } });
  const deliver = async (): Promise<void> =>
    env.LABELS.deliver((batch: Parameters<typeof handler.queue>[0]) => handler.queue(batch, env));
  return { env, call, post, deliver };
}

async function shippedOrders(): Promise<[Order, Order]> {
  const text = await readFile(new URL('../input/orders.json', import.meta.url), 'utf8');
  return JSON.parse(text) as [Order, Order];
}

describe('orders', () => {
  test('become one message for each parcel, and labels and ERP advices once these were handled', async () => {
    const { env, call, post, deliver } = open();
    const answer = await post(await shippedOrders());
    expect([answer.status, await answer.json()]).toEqual([
      202,
      {
        taken: [
          { order: '1000417', parcels: 3 },
          { order: '1000418', parcels: 1 },
        ],
        labels: 4,
      },
    ]);
    expect(env.LABELS.size).toBe(4);
    expect(await (await call('/orders/1000417')).json()).toMatchObject({ parcels: 3, labels: [], isComplete: false });
    await deliver();
    expect(env.LABELS.size).toBe(0);
    expect(await (await call('/orders/1000417')).json()).toEqual({
      order: '1000417',
      parcels: 3,
      labels: ['labels/1000417/01.zpl', 'labels/1000417/02.zpl', 'labels/1000417/03.zpl'],
      isComplete: true,
    });
    const advice = await (await env.ARCHIVE.get('erp/1000417-02.json'))!.json();
    expect(advice).toEqual({
      type: 'parcel-ready',
      order: '1000417',
      parcel: 2,
      parcels: 3,
      grams: 4_100,
      sscc: ssccOf('3770001', '1000417', 2),
    });
  });

  test('that are sent twice make the same labels', async () => {
    const { call, post, deliver } = open();
    const orders = await shippedOrders();
    await post(orders);
    await deliver();
    const first = await (await call('/orders/1000418/labels/01.zpl')).text();
    await post(orders);
    await deliver();
    expect(await (await call('/orders/1000418/labels/01.zpl')).text()).toBe(first);
  });

  test.each([
    ['no list', {}, 'must be a list of 1 to 5 orders'],
    ['an empty list', [], 'must be a list of 1 to 5 orders'],
    ['null in it', [null], 'order 1: must be an object'],
  ])('with %s are refused', async (_what, orders, violation) => {
    const { env, post } = open();
    const answer = await post(orders);
    expect([answer.status, await answer.json()]).toMatchObject([422, { violations: [violation] }]);
    expect(env.LABELS.size).toBe(0);
  });

  test.each([
    ['a number that is a path', { number: '../../x' }, 'number must be seven digits'],
    ['a parcel without weight', { parcels: [0] }, 'parcels must be'],
    ['too many parcels', { parcels: new Array<number>(21).fill(1) }, 'parcels must be'],
    [
      'a line feed in the name',
      { recipient: { name: 'a\nb', address: ['x'], postcode: '69002', town: 'Lyon' } },
      'recipient.name',
    ],
    ['no recipient', { recipient: null }, 'recipient is missing'],
  ])('with %s are refused by name', async (_what, change, violation) => {
    const [order] = await shippedOrders();
    const parsed = parseOrders([{ ...order, ...change }]);
    expect('violations' in parsed && parsed.violations.join()).toContain(violation);
  });

  test('that are not JSON are answered 400, and paths that do not exist 404', async () => {
    const { call } = open();
    expect((await call('/orders', { method: 'POST', body: '{' })).status).toBe(400);
    for (const path of ['/', '/orders', '/orders/1000417', '/orders/1000417/labels/01.zpl']) {
      const answer = await call(path);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
    }
  });
});

describe('a label that cannot be written', () => {
  test('is asked for again after a while, and the others of its batch are not', async () => {
    const bucket = memoryBucket();
    let isAway = true;
    const flaky: Bucket = {
      ...bucket,
      put: async (key, ...rest) => {
        if (isAway && key === 'labels/1000417/02.zpl') throw new Error('the store is away');
        return bucket.put(key, ...rest);
      },
    };
    const { env, call, post, deliver } = open(flaky);
    await post(await shippedOrders());
    await deliver();
    expect([env.LABELS.size, env.LABELS.delays]).toEqual([1, [30]]);
    expect(await (await call('/orders/1000417')).json()).toMatchObject({ isComplete: false });
    isAway = false;
    await deliver();
    expect(await (await call('/orders/1000417')).json()).toMatchObject({ isComplete: true });
  });
});

describe('the number of a parcel', () => {
  test.each([
    ['37610425002123456', 9],
    ['33770001100041701', 9],
    ['00000000000000000', 0],
  ])('%s has the check digit %i', (digits, digit) => {
    expect(checkDigit(digits)).toBe(digit);
  });

  test('has 18 digits, and what cannot be numbered is refused', () => {
    expect(ssccOf('3770001', '1000417', 20)).toMatch(/^3377000110004172\d{2}$/);
    expect(() => ssccOf('377', '1000417', 1)).toThrow('17 digits are needed');
  });
});

test('text cannot give the printer commands', () => {
  expect(field('ZA du Moulin ^3 ~JA _')).toBe('ZA du Moulin _5E3 _7EJA _5F');
});
