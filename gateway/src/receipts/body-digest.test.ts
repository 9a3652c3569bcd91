import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { BodyDigests } from './body-digest.ts';

test('each body has its own SHA-256, also beside others of its length and when its bytes are overwritten later', () => {
  const digests = new BodyDigests();
  const bodies = [
    '',
    'hello',
    'hello',
    'hellO',
    '',
    'x'.repeat(1_024),
    'x'.repeat(1_023) + 'y',
    'x'.repeat(5_000),
    'hello',
  ];
  for (const text of bodies) {
    const body = Buffer.from(text);
    expect(digests.of(body)).toBe(createHash('sha256').update(text).digest('latin1'));
    body.fill('z');
  }
});
