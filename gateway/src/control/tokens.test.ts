import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Tokens } from './tokens.ts';

function makeTokens() {
  const waits: number[] = [];
  const sha256 = [createHash('sha256').update('right').digest('hex')];
  const wait = async (milliseconds: number) => waits.push(milliseconds);
  return { waits, tokens: new Tokens({ tenant: 'main', sha256, wait }) };
}

test('a known token belongs to its tenant', async () => {
  const { tokens } = makeTokens();
  expect(await tokens.authenticate('Bearer right', '::1')).toEqual({ tenant: 'main' });
  expect(await tokens.authenticate('bearer right', '::1')).toEqual({ tenant: 'main' });
});

test.each([
  '',
  'Bearer',
  'Bearer ',
  'Basic right',
  'Bearer wrong',
  'Bearer right ',
  'right',
  `Bearer ${'x'.repeat(600)}`,
])('the header "%s" is refused', async (header) => {
  await expect(makeTokens().tokens.authenticate(header, '::1')).rejects.toMatchObject({ code: 'unauthorized' });
});

test('the answer to wrong tokens is held back longer and longer, up to ten seconds', async () => {
  const { tokens, waits } = makeTokens();
  for (let i = 0; i < 13; i++) await expect(tokens.authenticate('Bearer wrong', '10.0.0.1')).rejects.toThrow();
  expect(waits).toEqual([0, 0, 0, 0, 0, 250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

test('a right token is never held back, and clears the failures of its address', async () => {
  const { tokens, waits } = makeTokens();
  for (let i = 0; i < 8; i++) await expect(tokens.authenticate('Bearer wrong', '10.0.0.1')).rejects.toThrow();
  const before = waits.length;
  await tokens.authenticate('Bearer right', '10.0.0.1');
  expect(waits.length).toBe(before);
  await expect(tokens.authenticate('Bearer wrong', '10.0.0.1')).rejects.toThrow();
  expect(waits.at(-1)).toBe(0);
});

test('failures of one address do not slow another', async () => {
  const { tokens, waits } = makeTokens();
  for (let i = 0; i < 8; i++) await expect(tokens.authenticate('Bearer wrong', '10.0.0.1')).rejects.toThrow();
  await expect(tokens.authenticate('Bearer wrong', '10.0.0.2')).rejects.toThrow();
  expect(waits.at(-1)).toBe(0);
});
