import { isSovfnError, type OutputMeta } from '@sovfn/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeEnd, encodeEnd } from './end-message.ts';

const meta: OutputMeta = {
  ...{ v: 1, invocation: '01m85v0br9ve3y15bc0w6xq89e', tenant: 'main', function: 'echo', version: 'a'.repeat(64) },
  ...{
    zone: 'fr',
    node: 'n',
    trigger: 'http',
    call: null,
    attempt: 1,
    status: 200,
    headers: ['x-name', 'été 😀'],
    contentType: null,
    bytes: 3,
  },
  ...{ sha256: 'b'.repeat(64), startedAt: '2026-11-24T10:00:00Z', endedAt: '2026-11-24T10:00:01Z', outcome: 'ok' },
};

test('an end message gives back what it was made of', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.nat(), (tail, parts) => {
      const output = { meta, parts, tail: Buffer.from(tail) };
      expect(decodeEnd(encodeEnd(output))).toEqual(output);
    }),
  );
});

test('a cut or altered end message is refused as bad-message, never half-read', () => {
  const whole = encodeEnd({ meta, parts: 2, tail: Buffer.alloc(0) });
  fc.assert(
    fc.property(fc.nat(whole.length - 1), (length) => {
      expect(refusal(whole.subarray(0, length))).toBe('bad-message');
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => refusal(Buffer.from(bytes)) === 'bad-message'));
});

test('an end message of another version is refused', () => {
  const text = encodeEnd({ meta, parts: 0, tail: Buffer.alloc(0) })
    .toString('latin1')
    .replace('"v":1', '"v":2');
  expect(refusal(Buffer.from(text, 'latin1'))).toBe('bad-message');
});

function refusal(message: Buffer): string | null {
  try {
    decodeEnd(message);
    return null;
  } catch (error) {
    return isSovfnError(error) ? error.code : String(error);
  }
}
