import { BODY } from '../../src/bridge/contract.ts';
import { packHeaders, unpackHeaders } from '@sovfn/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Guest } from './harness.ts';

/** Sends back what it got; with the header `as-text`, as text. */
const ECHO = `const handler = { async fetch(request) {
  const headers = new Headers(request.headers);
  headers.set('x-url', request.url);
  const body = headers.has('as-text') ? await request.text() : await request.arrayBuffer();
  return new Response(body, { headers });
} };`;

let guest: Guest;
beforeAll(() => {
  guest = new Guest().install(ECHO);
});
afterAll(() => guest[Symbol.dispose]());

const TOKEN = [...'abcdefghijklmnopqrstuvwxyz0123456789-_.!#$%&*+^`|~'];
const name = fc.string({ unit: fc.constantFrom(...TOKEN), minLength: 1, maxLength: 30 }).map((text) => `h-${text}`);
/** Latin-1 without the ends of lines and NUL, and without blanks at its ends, which HTTP does not count. */
const value = fc
  .array(fc.integer({ min: 1, max: 255 }), { maxLength: 60 })
  .map((codes) => String.fromCharCode(...codes.filter((code) => code !== 10 && code !== 13)))
  .map((text) => text.replace(/^[\t ]+|[\t ]+$/g, ''));
const URL_PARTS = [...'az09/.?&=+-_~!$()*,;:@%|^`{}[]\\"<> é€😀', '%2f', '%zz', '..', '//'];
const headers = fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 20 });

test('every body and every header that HTTP allows cross into an isolate and back unchanged', () => {
  const body = fc.uint8Array({ maxLength: 5_000 });
  fc.assert(
    fc.property(body, headers, (bytes, pairs) => {
      const { answer } = guest.dispatch({ method: 'POST', headers: packHeaders(pairs.flat()), body: bytes });
      expect(answer!.kind).toBe(BODY.bytes);
      expect(Buffer.from(answer!.body as ArrayBuffer)).toEqual(Buffer.from(bytes));
      expect(pairsOf(answer!.headers)).toEqual(new Map([...pairs, ['x-url', 'http://localhost/']]));
    }),
  );
});

test('every text crosses as UTF-8, with half a surrogate pair as the replacement character', () => {
  fc.assert(
    fc.property(fc.uint16Array({ maxLength: 500 }), (units) => {
      const text = String.fromCharCode(...units);
      const record = guest.dispatch({ method: 'POST', headers: 'as-text\n1\n', body: text });
      // A leading byte order mark is not part of the text.
      expect(record.text).toBe(text.toWellFormed().replace(/^\ufeff/, ''));
    }),
  );
});

test('every URL that the gateway may send arrives as the URL Standard writes it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...URL_PARTS), { maxLength: 20 }), (parts) => {
      const url = new URL(`http://exämple.test/${parts.join('')}`).href;
      const { answer } = guest.dispatch({ url });
      expect(pairsOf(answer!.headers).get('x-url')).toBe(url);
    }),
  );
});

function pairsOf(block: string): Map<string, string> {
  const flat = unpackHeaders(block);
  const pairs = Array.from({ length: flat.length / 2 }, (_, at) => [flat[2 * at]!, flat[2 * at + 1]!] as const);
  return new Map(pairs.filter(([key]) => key !== 'content-type' && key !== 'as-text'));
}
