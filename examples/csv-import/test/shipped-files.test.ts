import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { SHIPPED_FILES } from '../tools/shipped-files.ts';
import { postCsv, type Summary } from './calls.ts';

describe.each(SHIPPED_FILES)('$name', ({ name, bytes, rows, faulty }) => {
  test('is what the generator makes', async () => {
    const shipped = await readFile(new URL(`../input/${name}`, import.meta.url));
    expect(shipped.equals(bytes)).toBe(true);
  });

  test('has every faulty row rejected, for one reason, and no other', async () => {
    const charset = name.includes('latin1') ? '; charset=iso-8859-1' : '';
    const answer = await postCsv(bytes, { 'content-type': `text/csv${charset}`, accept: 'application/json' });
    const summary = (await answer.json()) as Summary;
    expect(summary).toMatchObject({ rows, rejected: faulty, accepted: rows - faulty });
    expect(summary.reasons.reduce((sum, { count }) => sum + count, 0)).toBe(faulty);
  });
});
