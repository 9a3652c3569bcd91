import { isSovfnError } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { SealedBox, sealFor } from './sealed-box.ts';

const plaintext = Buffer.from('{"KEY":"sk_live_1"}');

test('who asked reads the answer, and the message on the bus does not hold it', () => {
  const box = new SealedBox();
  const sealed = sealFor(box.publicKey, plaintext, 'for f');
  expect(box.open(sealed, 'for f').equals(plaintext)).toBe(true);
  expect(Buffer.from(sealed, 'base64').includes('sk_live')).toBe(false);
});

test('the same answer is sealed differently each time', () => {
  const box = new SealedBox();
  expect(sealFor(box.publicKey, plaintext, '')).not.toBe(sealFor(box.publicKey, plaintext, ''));
});

test('another receiver and another context cannot open it', () => {
  const box = new SealedBox();
  const sealed = sealFor(box.publicKey, plaintext, 'for f');
  expect(() => new SealedBox().open(sealed, 'for f')).toThrow('a sealed answer cannot be opened');
  expect(() => box.open(sealed, 'for g')).toThrow('a sealed answer cannot be opened');
});

test('no changed or cut byte passes', () => {
  const box = new SealedBox();
  const sealed = Buffer.from(sealFor(box.publicKey, plaintext, ''), 'base64');
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    // The top bit of a public key means nothing (RFC 7748), but takes part in the derivation.
    expect(() => box.open(changed.toString('base64'), '')).toThrow('a sealed answer cannot be opened');
  }
  expect(() => box.open(sealed.subarray(0, 40).toString('base64'), '')).toThrow('a sealed answer is too short');
});

test.each([
  ['too short', Buffer.alloc(31).toString('base64')],
  ['one that makes the secret known', Buffer.alloc(32).toString('base64')],
])('a public key that is %s is refused as broken protocol', (_what, publicKey) => {
  let thrown: unknown;
  try {
    sealFor(publicKey, plaintext, '');
  } catch (error) {
    thrown = error;
  }
  expect(isSovfnError(thrown) && thrown.code).toBe('bad-message');
});
