import { expect, test } from 'vitest';
import { BODY } from '../../src/bridge/contract.ts';
import { type CallInGuest as Call, Guest } from './harness.ts';

/** Answers the reads of a streamed upload with `pieces`, then with its end. Returns how many were asked for. */
function upload(guest: Guest, call: Call, pieces: readonly string[]): number {
  let sent = 0;
  while (call.pendingRead !== null) {
    const operation = call.pendingRead;
    call.pendingRead = null;
    guest.deliver(call, operation, pieces[sent]);
    if (sent++ === pieces.length) break;
  }
  return sent;
}

function start(code: string, body?: string): { guest: Guest; call: Call } {
  const guest = new Guest();
  guest.install(`const handler = { async fetch(request, env, ctx) {${code}} };`);
  return { guest, call: guest.dispatch({ method: 'POST', streamed: true, ...(body === undefined ? {} : { body }) }) };
}

test.each([
  ['text', `return new Response(await request.text())`, 'one two three'],
  ['JSON', `return new Response(JSON.stringify(await request.json().catch((error) => error.name)))`, '"SyntaxError"'],
  ['bytes', `return new Response(String((await request.bytes()).length))`, '13'],
  ['an ArrayBuffer', `return new Response(String((await request.arrayBuffer()).byteLength))`, '13'],
  ['a blob', `return new Response(String((await request.blob()).size))`, '13'],
])('a streamed request is read whole as %s', (_what, code, expected) => {
  const { guest, call } = start(code, 'one ');
  using _ = guest;
  upload(guest, call, ['two ', 'three']);
  expect(call.text).toBe(expected);
});

test('a character whose bytes come in different pieces is read right', () => {
  using guest = new Guest();
  guest.install(`const handler = { async fetch(request) { return new Response(await request.text()); } };`);
  const bytes = Buffer.from('🎉');
  const call = guest.dispatch({ method: 'POST', streamed: true, body: bytes.subarray(0, 1) });
  guest.deliver(call, call.pendingRead, bytes.subarray(1, 3));
  guest.deliver(call, call.pendingRead, bytes.subarray(3));
  guest.deliver(call, call.pendingRead);
  expect(call.text).toBe('🎉');
});

test('a streamed request asks for a piece only when it is read', () => {
  const { guest, call } = start(
    `const reader = request.body.getReader();
     const first = await reader.read(); console.log(new TextDecoder().decode(first.value));
     await new Promise((resolve) => setTimeout(resolve, 10));
     const second = await reader.read(); console.log(new TextDecoder().decode(second.value));
     await reader.cancel(); return new Response('enough');`,
    'first',
  );
  using _ = guest;
  expect([guest.logs, call.pendingRead]).toEqual([['first'], null]);
  guest.fireTimers();
  expect(call.pendingRead).not.toBeNull();
  guest.deliver(call, call.pendingRead, 'second');
  expect([guest.logs, call.text, call.isUploadCanceled]).toEqual([['first', 'second'], 'enough', true]);
});

test('a streamed request can be read into a buffer of the function', () => {
  const { guest, call } = start(
    `const reader = request.body.getReader({ mode: 'byob' });
     const { value } = await reader.read(new Uint8Array(2)); const rest = await reader.read(new Uint8Array(10));
     return new Response(new TextDecoder().decode(value) + '|' + new TextDecoder().decode(rest.value))`,
    'abcde',
  );
  using _ = guest;
  expect(call.text).toBe('ab|cde');
});

test('an upload that fails rejects whoever reads it', () => {
  const { guest, call } = start(
    `return new Response(await request.text().catch((error) => error.name + ': ' + error.message))`,
  );
  using _ = guest;
  guest.enter('deliverError', [call.number, call.pendingRead, 'TypeError', 'the caller has gone']);
  expect(call.text).toBe('TypeError: the caller has gone');
});

test('an upload passes through to the response piece by piece', () => {
  const { guest, call } = start(`return new Response(request.body)`, 'one ');
  using _ = guest;
  expect(upload(guest, call, ['two ', 'three'])).toBe(3);
  expect([call.answer?.kind, call.written.join(''), call.end]).toEqual([
    BODY.stream,
    'one two three',
    { name: '', message: '', stack: '' },
  ]);
});

test('a cloned upload can be read twice', () => {
  const { guest, call } = start(
    `const copy = request.clone(); return new Response(await request.text() + await copy.text())`,
    'x',
  );
  using _ = guest;
  upload(guest, call, ['y']);
  expect(call.text).toBe('xyxy');
});

const COUNTER = `let made = 0; const stream = () => new ReadableStream({
    pull(controller) { made++; if (made > 5) controller.close(); else controller.enqueue(new TextEncoder().encode(String(made))) },
    cancel(reason) { console.log('canceled: ' + reason) } }, { highWaterMark: 0 });`;

test('a stream is written piece by piece, and ended', () => {
  using guest = new Guest();
  guest.install(
    `${COUNTER} const handler = { fetch: () => new Response(stream(), { status: 206, headers: { 'x-a': 'b' } }) };`,
  );
  const call = guest.dispatch();
  expect([call.answer?.status, call.answer?.headers, call.answer?.kind]).toEqual([206, 'x-a\nb\n', BODY.stream]);
  expect([call.written.join(','), call.end?.name]).toEqual(['1,2,3,4,5', '']);
});

test('a stream waits when the host has no room, and goes on when it has', () => {
  using guest = new Guest();
  guest.room = 2;
  guest.install(`${COUNTER} const handler = { fetch: () => new Response(stream()) };`);
  const call = guest.dispatch();
  expect([call.written.length, call.end]).toEqual([2, null]);
  guest.room = 2;
  guest.deliver(call, call.pendingWrite);
  expect(call.written.length).toBe(4);
  guest.room = Infinity;
  guest.deliver(call, call.pendingWrite);
  expect([call.written.join(''), call.end?.name]).toEqual(['12345', '']);
});

test('only the bytes of a view are written, and empty pieces are not', () => {
  using guest = new Guest();
  guest.install(`const handler = { fetch: () => new Response(new ReadableStream({ start(controller) {
    controller.enqueue(new Uint8Array([1, 2, 3, 4]).subarray(1, 3)); controller.enqueue(new Uint8Array(0)); controller.close(); } })) };`);
  expect(guest.dispatch().written).toEqual([Buffer.from([2, 3])]);
});

test.each([
  ['fails', `controller.error(new RangeError('broke off'))`, ['RangeError', 'broke off']],
  ['throws in its source', `throw new RangeError('broke off')`, ['RangeError', 'broke off']],
  [
    'gives something that is no bytes',
    `controller.enqueue('text')`,
    ['TypeError', 'A body stream gave a chunk that is not a Uint8Array'],
  ],
])('a stream that %s ends the body with the error', (_what, code, expected) => {
  using guest = new Guest();
  guest.install(`const handler = { fetch: () => new Response(new ReadableStream({ pull(controller) { ${code} } })) };`);
  const call = guest.dispatch();
  expect([call.answer?.kind, call.end?.name, call.end?.message, guest.orphans]).toEqual([BODY.stream, ...expected, []]);
});

test('a stream that is locked, or was read from, fails the call', () => {
  using guest = new Guest();
  guest.install(
    `${COUNTER} const handler = { fetch() { const body = stream(); const response = new Response(body); body.getReader(); return response } };`,
  );
  expect(guest.dispatch().failure?.message).toBe(
    'The body of the response has been read already, or is locked by a reader',
  );
});

test('an abort cancels the response stream with the reason', () => {
  using guest = new Guest();
  guest.room = 1;
  guest.install(`${COUNTER} const handler = { fetch: () => new Response(stream()) };`);
  const call = guest.dispatch();
  guest.enter('abort', [call.number, 'The caller has gone away.']);
  expect([guest.logs, call.end, guest.orphans]).toEqual([
    ['canceled: AbortError: The caller has gone away.'],
    null,
    [],
  ]);
});

test('an abort aborts the signal of the request, and ends what the call waits for', () => {
  using guest = new Guest();
  guest.install(`const handler = { async fetch(request) {
    request.signal.addEventListener('abort', (event) => console.log('aborted', event.isTrusted, String(request.signal.reason)));
    try { await request.text() } catch (error) { console.log('read', error.name) }
    setTimeout(() => console.log('late timer'), 10);
    return new Response('too late');
  } };`);
  const call = guest.dispatch({ method: 'POST', streamed: true });
  guest.enter('abort', [call.number, 'too slow']);
  expect([guest.logs, call.answer, call.failure]).toEqual([
    ['aborted true AbortError: too slow', 'read AbortError'],
    null,
    null,
  ]);
});

test('an abort of a call that is over, or unknown, is nothing', () => {
  using guest = new Guest();
  guest.install(`const handler = { fetch: () => new Response('x') };`);
  guest.enter('abort', [guest.dispatch().number, 'late']);
  guest.enter('abort', [99, 'unknown']);
  expect([guest.orphans, guest.errors]).toEqual([[], []]);
});

test('waitUntil work of a streamed response is told of after the body', () => {
  using guest = new Guest();
  guest.room = 1;
  guest.install(
    `${COUNTER} const handler = { fetch(request, env, ctx) { ctx.waitUntil(Promise.resolve()); return new Response(stream()) } };`,
  );
  const call = guest.dispatch();
  expect([call.isWaiting, call.hasWaited]).toEqual([true, false]);
  guest.room = Infinity;
  guest.deliver(call, call.pendingWrite);
  expect([call.end?.name, call.hasWaited]).toEqual(['', true]);
});

test('an answer to an operation of another call is refused', () => {
  using guest = new Guest();
  guest.install(`const handler = { async fetch(request) { return new Response(await request.text()) } };`);
  const [first, second] = [1, 2].map(() => guest.dispatch({ method: 'POST', streamed: true })) as [Call, Call];
  guest.deliver(second, first.pendingRead, 'stolen');
  expect([first.answer, second.answer]).toEqual([null, null]);
  upload(guest, first, ['mine']);
  expect(first.text).toBe('mine');
});
