import { packHeaders } from '@sovfn/protocol';
import { expect, test } from 'vitest';
import { addAnswerFacts, readFunctionHeaders } from './response-headers.ts';

test('what belongs to the connection or to the platform does not come from a function', () => {
  const block = packHeaders([
    ...['content-type', 'text/plain', 'set-cookie', 'a=1', 'set-cookie', 'b=2'],
    ...['connection', 'close', 'transfer-encoding', 'chunked', 'keep-alive', 'timeout=9', 'upgrade', 'h2c'],
    ...['sovfn-node', 'forged', 'sovfn-outcome', 'ok', 'trailer', 'x'],
  ]);
  expect(readFunctionHeaders(block)).toEqual({
    flat: ['content-type', 'text/plain', 'set-cookie', 'a=1', 'set-cookie', 'b=2'],
    declaredBytes: null,
  });
});

test.each([
  ['12', 12],
  ['0', 0],
  ['-1', Number.NaN],
  ['1e3', Number.NaN],
  ['', Number.NaN],
])('a declared length of "%s" is read as %d', (value, bytes) => {
  expect(readFunctionHeaders(packHeaders(['content-length', value])).declaredBytes).toBe(bytes);
});

test('the timing says what was cold, waiting, computing and all of it', () => {
  const facts = { invocation: 'i', shortVersion: 'v', node: 'n', zone: 'fr', outcome: null, limit: null } as const;
  const flat: string[] = [];
  addAnswerFacts(flat, { ...facts, cold: true, wallMs: 10.5, cpuMs: 1.25, totalMs: 12.75 });
  expect(flat).toEqual([
    ...['sovfn-invocation', 'i', 'sovfn-version', 'v', 'sovfn-zone', 'fr'],
    ...['server-timing', 'cold, queue;dur=2.25, cpu;dur=1.25, total;dur=12.75', 'sovfn-node', 'n'],
  ]);
});

test('a limit that a call has met is named with its value and what was measured', () => {
  const facts = { invocation: 'i', shortVersion: 'v', node: null, zone: 'fr', cold: false, totalMs: 1 } as const;
  const flat: string[] = [];
  const limit = { limit: 'cpuMs', value: 200, measured: 231 } as const;
  addAnswerFacts(flat, { ...facts, outcome: 'exceeded-cpu', limit, wallMs: null, cpuMs: null });
  expect(flat.slice(-4)).toEqual(['sovfn-outcome', 'exceeded-cpu', 'sovfn-limit', 'cpuMs;value=200;measured=231']);
});
