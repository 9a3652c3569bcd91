import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inTurns } from './resolve.ts';

test('of the names of one cell four are looked up at a time, the others in their order', async () => {
  const begun: string[] = [];
  const answers: (() => void)[] = [];
  const resolve = inTurns(async (hostname) => {
    begun.push(hostname);
    await new Promise<void>((answer) => answers.push(answer));
    return ['192.0.2.1'];
  });
  const asked = ['a', 'b', 'c', 'd', 'e', 'f'].map((hostname) => resolve(hostname));
  await Promise.resolve();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
  answers[1]!();
  expect(await asked[1]).toEqual(['192.0.2.1']);
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
  while (begun.length < 6 || answers.length > 0) {
    answers.shift()?.();
    await nextTurn();
  }
  expect(await Promise.all(asked)).toHaveLength(6);
});

test('a name that nobody answers for gives its turn back, and a cell whose thousand names wait gets no more', async () => {
  const failing = inTurns(async () => Promise.reject(new Error('nobody')));
  for (let name = 0; name < 10; name++) await expect(failing('a')).rejects.toThrow('nobody');
  const hanging = inTurns(() => new Promise(() => undefined));
  for (let name = 0; name < 1_004; name++) void hanging('a');
  await expect(hanging('last')).rejects.toThrow('the name last could not be looked up: 1000 names wait');
});
