import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCloudEvent } from './cloud-event.ts';

const NO_BODY = Buffer.alloc(0);
const structured = (event: unknown) => ({
  headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
  body: Buffer.from(JSON.stringify(event)),
});
const EVENT = { specversion: '1.0', id: 'a-1', source: '/shop', type: 'order.created' };

test('in binary mode the attributes are in the ce- headers', () => {
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': 'a-1',
    'ce-source': '/shop',
    'ce-type': 'order.created',
    'ce-subject': '"o%2F7 \\"%E2%82%AC\\""',
    'ce-broken': '%C0%A0',
    'content-type': 'application/json',
  };
  expect(readCloudEvent({ headers, body: Buffer.from('{"n":1}') })).toEqual({
    id: 'a-1',
    source: '/shop',
    type: 'order.created',
    attributes: [
      ['specversion', '1.0'],
      ['id', 'a-1'],
      ['source', '/shop'],
      ['type', 'order.created'],
      ['subject', 'o/7%20%22%E2%82%AC%22'],
    ],
  });
});

test('in structured mode they are in the body, and are written as a header can hold them', () => {
  const event = { ...EVENT, subject: 'Café "7" 100%', sequence: 7, final: true, data: { n: 1 }, Odd: 'x', nested: {} };
  expect(readCloudEvent(structured(event))?.attributes).toEqual([
    ['specversion', '1.0'],
    ['id', 'a-1'],
    ['source', '/shop'],
    ['type', 'order.created'],
    ['subject', 'Caf%C3%A9%20%227%22%20100%25'],
    ['sequence', '7'],
    ['final', 'true'],
  ]);
});

test('an attribute has one form, whichever way its sender wrote it', () => {
  const subjects = ['Café', 'Caf%C3%A9', '"Caf%c3%a9"', Buffer.from('Café').toString('latin1')];
  const seen = subjects.map((subject, i) => {
    const attributes = { ...EVENT, subject };
    const headers = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]));
    const delivery = i === 0 ? structured(attributes) : { headers, body: NO_BODY };
    return new Map(readCloudEvent(delivery)?.attributes).get('subject');
  });
  expect(seen).toEqual(Array(4).fill('Caf%C3%A9'));
});

test('an id that is no UTF-8 makes no CloudEvent', () => {
  const headers = { 'ce-specversion': '1.0', 'ce-id': '%C0%A0', 'ce-source': '/shop', 'ce-type': 'x' };
  expect(readCloudEvent({ headers, body: NO_BODY })).toBeNull();
});

test.each(['specversion', 'id', 'source', 'type'] as const)('without %s it is an ordinary delivery', (name) => {
  const { [name]: _, ...rest } = EVENT;
  expect(readCloudEvent(structured(rest))).toBeNull();
  const attributes = Object.entries<string>(rest);
  const headers = Object.fromEntries(attributes.map(([key, value]) => [`ce-${key}`, value]));
  expect(readCloudEvent({ headers, body: NO_BODY })).toBeNull();
});

test.each([[[]], [null], ['text'], [{ ...EVENT, specversion: '0.3' }], [{ ...EVENT, id: 7.5 }]])(
  'a document that is no CloudEvent of version 1.0 is an ordinary delivery: %j',
  (document) => expect(readCloudEvent(structured(document))).toBeNull(),
);

test('whatever an attribute holds, its header is visible ASCII and short', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z0-9]{1,10}$/), fc.string({ unit: 'binary' })), (more) => {
      const attributes = readCloudEvent(structured({ ...more, ...EVENT }))?.attributes ?? [];
      for (const [name, value] of attributes) {
        expect(name).toMatch(/^[a-z0-9]{1,64}$/);
        expect(value).toMatch(/^[\x21-\x7e]{0,1024}$/);
      }
      expect(attributes.length).toBeGreaterThanOrEqual(4);
      expect(attributes.length).toBeLessThanOrEqual(32);
    }),
    { numRuns: 30 },
  );
});
