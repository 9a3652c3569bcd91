import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AnswerMask } from './answer-mask.ts';

async function maskedBody(mask: AnswerMask, pieces: readonly Uint8Array[]): Promise<Buffer> {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  const masked: Uint8Array[] = [];
  for await (const piece of mask.body(body())) masked.push(piece);
  return Buffer.concat(masked);
}

test('a value never comes back, however the body is cut into pieces, and everything else does', async () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 40 });
  const value = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 8, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      value,
      fc.array(letters, { maxLength: 6 }),
      fc.array(fc.nat(5), { minLength: 1 }),
      async (sent, texts, cuts) => {
        const whole = texts.join(sent);
        const pieces: Buffer[] = [];
        for (let at = 0, cut = 0; at < whole.length; cut++) {
          const next = at + 1 + cuts[cut % cuts.length]!;
          pieces.push(Buffer.from(whole.slice(at, next)));
          at = next;
        }
        const mask = new AnswerMask();
        mask.add(sent, '#');
        expect((await maskedBody(mask, pieces)).toString()).toBe(whole.replaceAll(sent, '#'));
      },
    ),
  );
});

test('only what may be the beginning of a value is held back', async () => {
  const mask = new AnswerMask();
  mask.add('sk_live_1234', '#');
  async function* body(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('data: one\n\nsk_li');
    yield Buffer.from('ght');
  }
  const pieces: string[] = [];
  for await (const piece of mask.body(body())) pieces.push(Buffer.from(piece).toString());
  expect(pieces).toEqual(['data: one\n\n', 'sk_light']);
});

test('bytes that are no text pass unharmed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 })), async (pieces) => {
      const mask = new AnswerMask();
      mask.add('a value of a secret', '#');
      expect(await maskedBody(mask, pieces)).toEqual(Buffer.concat(pieces));
    }),
  );
});

test('a value that is too short to be told from chance is left alone', () => {
  const mask = new AnswerMask();
  mask.add('1234567', '#');
  mask.add('$1$&', '#');
  expect(mask.text('1234567')).toBe('1234567');
});

test('what stands instead is taken as it is', () => {
  const mask = new AnswerMask();
  mask.add('sk_live_1234', "$&$'");
  expect(mask.headers(['x', 'a sk_live_1234 b'])).toEqual(['x', "a $&$' b"]);
});
