import { expect, test } from 'vitest';
import { readArguments } from '../src/arguments.ts';

test('without options everything is measured in full', () => {
  expect(readArguments([])).toEqual({
    isQuick: false,
    only: [],
    from: null,
    isProfile: false,
    writesDocs: false,
    wantsHelp: false,
  });
});

test('measurements are chosen by name', () => {
  expect(readArguments(['--quick', '--only', 'memory', '--only', 'deploy'])).toMatchObject({
    isQuick: true,
    only: ['memory', 'deploy'],
  });
});

test('a measurement that does not exist is refused with those that do', () => {
  expect(() => readArguments(['--only', 'speed'])).toThrow(
    'there is no measurement "speed"; there are hello, half-load, workloads, fan-out, budget, receipts, encryption, cold-start, memory, many-functions, deploy, reload',
  );
});

test('an option that does not exist is refused', () => {
  expect(() => readArguments(['--fast'])).toThrow('--fast');
});
