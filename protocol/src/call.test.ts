import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Call, decodeCall, decodePlacement, encodeCall, encodePlacement, patchCall, TRIGGERS } from './call.ts';
import { ProtocolError } from './errors.ts';
import { packHeaders } from './headers.ts';
import { makeInvocationIds } from './invocation-id.ts';
import { HEAD_BYTES } from './limits.ts';

const nextId = makeInvocationIds((size) => crypto.getRandomValues(new Uint8Array(size)));
const VERSION = 'a'.repeat(64);

const lineText = fc.string({ unit: fc.constantFrom(...'abcXYZ 09:/?&=%é ÿ"\t') });
const calls: fc.Arbitrary<Call> = fc.record({
  invocation: fc.constant(null).map(() => nextId()),
  trigger: fc.constantFrom(...TRIGGERS),
  method: fc.constantFrom('GET', 'POST', 'PROPFIND', 'M-SEARCH'),
  url: lineText,
  headers: fc.array(lineText, { maxLength: 8 }).map((flat) => packHeaders(flat)),
  remainingMs: fc.nat(0xffff_ffff),
  resends: fc.nat(255),
  body: fc.uint8Array({ maxLength: 2_000 }),
  streamed: fc.boolean(),
  probe: fc.boolean(),
  isTraced: fc.boolean(),
});

test('a call that is encoded and decoded is the same call', () => {
  fc.assert(
    fc.property(calls, (call) => {
      const decoded = decodeCall(encodeCall(call));
      expect({ ...decoded, body: [...decoded.body] }).toEqual({ ...call, body: [...call.body] });
    }),
  );
});

test('no bytes make the decoder throw anything but a ProtocolError', () => {
  const message = encodeCall({ ...sample(), body: Buffer.from('body') });
  fc.assert(
    fc.property(fc.nat(message.length - 1), fc.nat(255), fc.nat(message.length), (at, value, length) => {
      const damaged = Buffer.from(message.subarray(0, length));
      if (at < damaged.length) damaged[at] = value;
      try {
        decodeCall(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a call of another protocol version is refused by its number', () => {
  const message = encodeCall(sample());
  message[0] = 9;
  expect(() => decodeCall(message)).toThrow('a call has protocol version 9; this side speaks 1');
});

test('a head over the limit is refused before it is sent', () => {
  const call = { ...sample(), url: 'x'.repeat(HEAD_BYTES) };
  expect(() => encodeCall(call)).toThrow(`at most ${HEAD_BYTES}`);
});

test('patching an encoded call changes the time left, the sends and the probe flag, and nothing else', () => {
  const call = { ...sample(), streamed: true, body: Buffer.from('first bytes') };
  const message = encodeCall(call);
  patchCall(message, { remainingMs: 7, resends: 2, probe: true });
  const decoded = decodeCall(message);
  expect({ ...decoded, body: String(decoded.body) }).toEqual({
    ...call,
    remainingMs: 7,
    resends: 2,
    probe: true,
    body: 'first bytes',
  });
});

test('a placement carries the call byte for byte behind its address', () => {
  const call = encodeCall(sample());
  const placement = { tenant: 'main', function: 'invoice', version: VERSION, call };
  const decoded = decodePlacement(encodePlacement(placement));
  expect({ ...decoded, call: [...decoded.call] }).toEqual({ ...placement, call: [...call] });
});

test.each([
  ['a tenant that could widen a subject', { tenant: 'main.*' }],
  ['a function name with a space', { function: 'in voice' }],
  ['a version that is no SHA-256', { version: 'latest' }],
])('a placement with %s is refused', (_what, wrong) => {
  const placement = { tenant: 'main', function: 'invoice', version: VERSION, call: encodeCall(sample()), ...wrong };
  expect(() => decodePlacement(encodePlacement(placement))).toThrow(
    'a placement does not name a tenant, a function and a version',
  );
});

function sample(): Call {
  return {
    invocation: nextId(),
    trigger: 'http',
    method: 'GET',
    url: 'http://localhost/',
    headers: packHeaders(['host', 'localhost']),
    remainingMs: 30_000,
    resends: 0,
    body: new Uint8Array(),
    streamed: false,
    probe: false,
    isTraced: false,
  };
}
