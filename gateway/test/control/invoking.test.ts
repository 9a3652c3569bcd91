import type { InvokeRequest, InvokeResponse } from '@sovfn/protocol';
import { unpackHeaders } from '@sovfn/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServedCall } from '../peers/peer-cell.ts';
import { ControlBench, TOKEN } from './control-bench.ts';

const GET: InvokeRequest = { v: 1, method: 'GET', path: '/', headers: [], body: null };
const STACK = 'TypeError: no such order\n    at fetch (src/index.ts:12:5)';

let control: ControlBench;
beforeAll(async () => {
  control = await ControlBench.start();
});
afterAll(() => control[Symbol.asyncDispose]());

const invoke = async (name: string, request: Partial<InvokeRequest> = {}) =>
  (await control.ask('POST', `/v1/functions/${name}/invoke`, { body: { ...GET, ...request } })).json as InvokeResponse;
const invokeRaw = (name: string, request: Partial<InvokeRequest> = {}, signal?: AbortSignal) =>
  fetch(`${control.url}/v1/functions/${name}/invoke?raw=true`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ ...GET, ...request }),
    ...(signal === undefined ? {} : { signal }),
  });

describe('as a document', () => {
  test('the function gets the request as given, and the owner all about the answer', async () => {
    const cell = await control.bench.serve({ name: 'echo' }, (served) =>
      served.answer('salut', { status: 201, headers: 'content-type\ntext/plain\nset-cookie\na=1\nset-cookie\nb=2\n' }),
    );
    const answer = await invoke('echo', {
      method: 'PUT',
      path: '/a?b=c%20d',
      headers: ['X-One', '1', 'host', 'ignored', 'content-length', '999'],
      body: { encoding: 'base64', data: Buffer.from([0xff, 0]).toString('base64') },
    });
    expect(answer).toMatchObject({
      outcome: 'ok',
      status: 201,
      headers: ['content-type', 'text/plain', 'set-cookie', 'a=1', 'set-cookie', 'b=2'],
      body: { encoding: 'utf8', data: 'salut' },
      failure: null,
      zone: 'fr',
      node: 'node-1',
      cold: false,
      cpuMs: 0.12,
      wallMs: 0.9,
    });
    const { call } = await cell.calls.next();
    expect(call).toMatchObject({ invocation: answer.invocation, method: 'PUT', url: `${control.bench.url}/a?b=c%20d` });
    expect(Buffer.from(call.body)).toEqual(Buffer.from([0xff, 0]));
    const host = new URL(control.bench.url).host;
    const headers = [
      'host',
      host,
      'sovfn-base-path',
      '/fn/echo',
      'sovfn-caller',
      'owner',
      'content-length',
      '2',
      'x-one',
      '1',
    ];
    expect(unpackHeaders(call.headers)).toEqual(headers);
  });

  test('bytes that are no text come as base64', async () => {
    await control.bench.serve({ name: 'bytes' }, (served) => served.answer(Buffer.from([0xff, 0xfe])));
    expect((await invoke('bytes')).body).toEqual({ encoding: 'base64', data: '//4=' });
  });

  test('a failure comes with its reason and the stack in the function’s own source', async () => {
    await control.bench.serve({ name: 'throws' }, (served) =>
      served.fail('exception', { message: 'no such order', errorName: 'TypeError', stack: STACK }),
    );
    expect(await invoke('throws')).toMatchObject({
      outcome: 'exception',
      status: null,
      body: null,
      failure: { message: 'no such order', errorName: 'TypeError', stack: STACK },
      node: 'node-1',
    });
  });

  test('a limit has its value also when the cell was killed before it could tell', async () => {
    const detail = { limit: 'cpuMs', limitValue: null } as const;
    const config = { name: 'killed', limits: { cpuMs: 120 } };
    await control.bench.serve(config, (served) => served.fail('exceeded-cpu', detail));
    expect((await invoke('killed')).failure).toMatchObject({ limit: 'cpuMs', limitValue: 120 });
  });

  test('a response that breaks off is shown as far as it came', async () => {
    await control.bench.serve({ name: 'breaks' }, (served) => {
      served.answerStreamed();
      served.chunk(0, Buffer.from('half'));
      served.end(1, 'exceeded-memory');
    });
    expect(await invoke('breaks')).toMatchObject({
      outcome: 'exceeded-memory',
      status: 200,
      body: { data: 'half' },
    });
  });

  test('a response that fits no document is refused and the call is cancelled', async () => {
    const cell = await control.bench.serve({ name: 'endless' }, (served) => void sendEndlessly(served));
    const problem = await control.refused('POST', '/v1/functions/endless/invoke', { body: GET });
    expect(problem).toMatchObject({ status: 413, code: 'body-too-large' });
    expect(problem.hint).toContain('?raw=true');
    await cell.close();
  });
});

describe('raw', () => {
  test('the response comes as the function sends it, with the platform’s facts', async () => {
    const cell = await control.bench.serve({ name: 'stream' }, (served) =>
      served.answerStreamed({ status: 202, cold: true }),
    );
    const response = await invokeRaw('stream');
    expect(response.status).toBe(202);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/plain',
      'sovfn-outcome': 'ok',
      'sovfn-node': 'node-1',
      'sovfn-zone': 'fr',
    });
    const served = await cell.calls.next();
    const reader = response.body!.getReader();
    for (const [sequence, text] of ['un', 'deux'].entries()) {
      served.chunk(sequence, Buffer.from(text));
      expect(Buffer.from((await reader.read()).value).toString()).toBe(text);
    }
    served.end(2);
    expect((await reader.read()).done).toBe(true);
  });

  test('a failure is a problem with the stack', async () => {
    await control.bench.serve({ name: 'fails' }, (served) =>
      served.fail('exception', { message: 'no such order', errorName: 'TypeError', stack: STACK }),
    );
    const response = await invokeRaw('fails');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      status: 500,
      code: 'exception',
      outcome: 'exception',
      detail: 'TypeError: no such order',
      invocation: expect.stringMatching(/^[0-9a-z]{26}$/) as string,
      facts: { errorName: 'TypeError', stack: STACK },
    });
  });

  test('a response that breaks off ends in a broken connection, not in a whole-looking answer', async () => {
    await control.bench.serve({ name: 'cut' }, (served) => {
      served.answerStreamed();
      served.chunk(0, Buffer.from('half'));
      served.end(1, 'exceeded-cpu');
    });
    const response = await invokeRaw('cut');
    await expect(response.text()).rejects.toThrow('terminated');
  });

  test('a client that goes away cancels the call, before and after the answer began', async () => {
    const cell = await control.bench.serve({ name: 'left' }, (served) => served.taken());
    const early = new AbortController();
    const asking = invokeRaw('left', {}, early.signal);
    const waiting = await cell.calls.next();
    early.abort();
    await expect(asking).rejects.toThrow();
    expect(await waiting.frames.next()).toMatchObject({ kind: 'cancel' });

    const late = new AbortController();
    const answering = invokeRaw('left', {}, late.signal);
    const served = await cell.calls.next();
    served.answerStreamed();
    await answering;
    late.abort();
    for (;;) if ((await served.frames.next()).kind === 'cancel') break;
  });

  test('a header that is none is an error of the function, not an answer', async () => {
    await control.bench.serve({ name: 'bad-header' }, (served) => served.answer('x', { headers: 'x-bad\na\u0000b\n' }));
    const response = await invokeRaw('bad-header');
    expect([response.status, await response.json()]).toMatchObject([502, { code: 'invalid-response' }]);
  });
});

test('what the public address keeps as an output, a call of the owner keeps too', async () => {
  await control.bench.serve({ name: 'kept', outputs: 'all' }, (served) => served.answer('%PDF'));
  const { invocation } = await invoke('kept');
  expect((await control.ask('GET', '/v1/functions/kept/outputs')).json).toMatchObject({
    outputs: [{ invocation, status: 200, bytes: 4, state: 'stored' }],
  });
  expect(await (await control.send('GET', `/v1/outputs/${invocation}/body`)).text()).toBe('%PDF');
  const raw = await invokeRaw('kept');
  expect(await raw.text()).toBe('%PDF');
  const rawInvocation = raw.headers.get('sovfn-invocation')!;
  expect((await control.ask('GET', `/v1/outputs/${rawInvocation}`)).json).toMatchObject({ function: 'kept' });
});

test('requests that cannot be made are refused before anything runs', async () => {
  await control.bench.serve({ name: 'small', limits: { bodyMb: 0.001 } }, (served) => served.answer('x'));
  const refused = (body: object) =>
    control.refused('POST', '/v1/functions/small/invoke', { body: { ...GET, ...body } });
  const large = { encoding: 'utf8', data: 'x'.repeat(2_000) };
  expect(await refused({ method: 'POST', body: large })).toMatchObject({ status: 413, code: 'body-too-large' });
  expect(await refused({ path: 'no-slash' })).toMatchObject({ code: 'bad-request' });
  expect(await refused({ path: '/a\nb' })).toMatchObject({ code: 'bad-request' });
  expect(await refused({ method: 'GET /' })).toMatchObject({ code: 'bad-request' });
  expect(await refused({ headers: ['x-a', 'b\r\nx-c: d'] })).toMatchObject({ code: 'bad-header' });
  expect(await refused({ headers: ['transfer-encoding', 'chunked'] })).toMatchObject({ code: 'bad-header' });
  expect(await refused({ headers: ['sovfn-invocation', 'x'] })).toMatchObject({ code: 'bad-header' });
  expect(await control.refused('POST', '/v1/functions/smal/invoke', { body: GET })).toMatchObject({
    code: 'function-not-found',
    hint: 'Did you mean "small"?',
  });
});

/** As many chunks as there are credits, until nobody asks for more. */
async function sendEndlessly(served: ServedCall): Promise<void> {
  const chunk = Buffer.alloc(128 * 1024);
  const STREAM_WINDOW = 16;
  served.answerStreamed();
  let sequence = 0;
  let credits = STREAM_WINDOW;
  for (;;) {
    for (; credits > 0; credits--) served.chunk(sequence++, chunk);
    const frame = await served.frames.next();
    if (frame.kind === 'cancel') return;
    if (frame.kind === 'credit') credits += frame.chunks;
  }
}
