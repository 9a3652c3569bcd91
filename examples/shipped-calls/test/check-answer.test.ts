import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkAnswer, readExample } from '../src/index.ts';

test('an answer that is not as expected is told in every respect', async () => {
  const expected = { status: 200, contentType: 'text/plain', startsWith: 'Bon', contains: ['jour', 'soir'] };
  const response = new Response('Hein ? Bonjour', {
    status: 404,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  });
  const { unmet, ...facts } = await checkAnswer(expected, response);
  expect(facts).toMatchObject({ status: 404, contentType: 'text/html' });
  expect(unmet).toEqual([
    'status is 404, not 200',
    'content type is "text/html", not "text/plain"',
    'the body starts with "Hei", not "Bon"',
    'the body does not hold "soir"',
  ]);
});

test('an example.json that breaks the schema is refused with its path and the place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sovfn-example-'));
  try {
    await writeFile(join(folder, 'example.json'), '{ "calls": [{ "title": "x" }] }');
    await expect(readExample(folder)).rejects.toThrow(/example\.json is not as it must be:[^]*calls\[0\]\.method/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
