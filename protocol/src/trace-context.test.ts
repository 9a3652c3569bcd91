import { expect, test } from 'vitest';
import { packHeaders } from './headers.ts';
import { invocationHex } from './invocation-id.ts';
import { addTrace, traceBelow, traceContextSchema, traceOf } from './trace-context.ts';

const INVOCATION = '01k2v5w8q9xr3t7yb4n6m0zc1d';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;
const of = (...flat: string[]) => traceOf(packHeaders(flat), INVOCATION);

test('what a caller sent is passed on as it came', () => {
  expect(of('host', 'x', 'traceparent', PARENT)).toEqual({ traceparent: PARENT, tracestate: null });
  expect(of('traceparent', PARENT, 'tracestate', 'a=1,b=2')).toEqual({ traceparent: PARENT, tracestate: 'a=1,b=2' });
  expect(of('traceparent', PARENT, 'tracestate', 'a=1', 'tracestate', 'b=2').tracestate).toBe('a=1,b=2');
});

test('without one, the trace is the invocation: its id can be read from it, and the same call has the same', () => {
  const { traceparent, tracestate } = of('host', 'x', 'tracestate', 'a=1');
  expect(traceparent).toBe(of().traceparent);
  expect([traceparent.split('-')[1], tracestate]).toEqual([invocationHex(INVOCATION), null]);
  expect(invocationHex('7zzzzzzzzzzzzzzzzzzzzzzzzz')).toBe('f'.repeat(32));
  expect(invocationHex('0000000000000000000000000a')).toBe(`${'0'.repeat(31)}a`);
  expect(traceContextSchema.safeParse({ traceparent, tracestate }).success).toBe(true);
  expect(traceOf('', '00000000010000000000000000').traceparent).toMatch(/-0{15}1-01$/);
});

test('below a span of the function the state of the trace goes on within the same trace only', () => {
  const trace = of('traceparent', PARENT, 'tracestate', 'a=1');
  const below = PARENT.replace('00f067aa0ba902b7', '1'.repeat(16));
  expect(traceBelow(trace, below)).toEqual({ traceparent: below, tracestate: 'a=1' });
  const elsewhere = below.replace(TRACE, '2'.repeat(32));
  expect(traceBelow(trace, elsewhere)).toEqual({ traceparent: elsewhere, tracestate: null });
  for (const none of ['', 'x', '00-0-0-00']) expect(traceBelow(trace, none)).toEqual(trace);
});

test.each([
  ['of an unknown form', 'x'],
  ['with letters in upper case', PARENT.toUpperCase()],
  ['of no trace', PARENT.replace(TRACE, '0'.repeat(32))],
  ['of no parent', PARENT.replace('00f067aa0ba902b7', '0'.repeat(16))],
  ['of the version that there is not', PARENT.replace(/^00/, 'ff')],
  ['that says more than its version may', `${PARENT}-more`],
  ['with a line of its own', `${PARENT}\r`],
])('a context %s counts as none', (_, traceparent) => {
  expect(of('traceparent', traceparent)).toEqual(of());
});

test('two contexts count as none, and a state that is too long or not text is left out', () => {
  expect(of('traceparent', PARENT, 'traceparent', PARENT)).toEqual(of());
  expect(of('traceparent', PARENT, 'tracestate', `a=${'1'.repeat(600)}`)).toEqual({
    traceparent: PARENT,
    tracestate: null,
  });
  expect(of('traceparent', PARENT, 'tracestate', 'a=\u00e9').tracestate).toBeNull();
});

test('of a later version only what this one knows is passed on', () => {
  expect(of('traceparent', `01-${TRACE}-00f067aa0ba902b7-ff-more`).traceparent).toBe(`00-${TRACE}-00f067aa0ba902b7-03`);
});

test('headers that have a context keep it', () => {
  const own = ['traceparent', 'mine'];
  addTrace(own, { traceparent: PARENT, tracestate: 'a=1' });
  expect(own).toEqual(['traceparent', 'mine']);
  const none = ['host', 'traceparent'];
  addTrace(none, { traceparent: PARENT, tracestate: 'a=1' });
  expect(none).toEqual(['host', 'traceparent', 'traceparent', PARENT, 'tracestate', 'a=1']);
  addTrace(none, null);
  expect(none).toHaveLength(6);
});
