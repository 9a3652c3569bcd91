import { randomBytes } from 'node:crypto';
import { CHUNK_BYTES, type ChunkFrame, CREDIT_STEP, STREAM_WINDOW } from '@sovfn/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CallBench, type Listener, targetOf } from '../peers/call-bench.ts';
import type { Peer, ServedCall } from '../peers/peer-cell.ts';

let bench: CallBench;
beforeAll(async () => {
  bench = await CallBench.start();
});
afterAll(() => bench[Symbol.asyncDispose]());

test('a streamed request body arrives whole and in order, and never faster than the cell allows', async () => {
  const body = randomBytes(40 * CHUNK_BYTES + 17);
  const { call, served } = await startUpload('upload');
  const sent = writeAll(call, body);
  const received: Buffer[] = [];
  let granted = 0;
  while (Buffer.concat(received).length < body.length) {
    served.credit(4);
    granted += 4;
    for (let i = 0; i < 4 && Buffer.concat(received).length < body.length; i++) {
      const frame = (await served.frames.next()) as ChunkFrame;
      expect(frame.sequence).toBe(received.length);
      received.push(Buffer.from(frame.bytes));
    }
    expect(received.length).toBeLessThanOrEqual(granted);
    expect(served.frames.size).toBe(0);
  }
  await sent;
  call.pending.endBody();
  expect(await served.frames.next()).toMatchObject({ kind: 'end', outcome: 'ok', chunks: received.length });
  expect(Buffer.concat(received).equals(body)).toBe(true);
  served.answer('stored');
  expect(await call.text()).toBe('stored');
});

test('the end of a body that was written before the cell asked for it is sent once the last chunk is', async () => {
  const { call, served } = await startUpload('early-end');
  call.pending.write(Buffer.from('the rest'));
  call.pending.endBody();
  served.credit(STREAM_WINDOW);
  expect(await served.frames.next()).toMatchObject({ kind: 'chunk', sequence: 0 });
  expect(await served.frames.next()).toMatchObject({ kind: 'end', chunks: 1 });
});

test('a call whose cell took some of its body is not sent elsewhere when the cell gives it up', async () => {
  const supervisor = await bench.peer('s-upload');
  await supervisor.place('fr', (served) => served.answer('never'));
  const { call, served } = await startUpload('given-up');
  served.credit(1);
  call.pending.write(Buffer.from('gone'));
  await served.frames.next();
  served.refuse('not-started');
  expect((await call.failure()).outcome).toBe('not-started');
  expect(supervisor.placed.size).toBe(0);
  await supervisor.close();
});

test('a streamed response waits for its reader: credits come only as chunks are taken', async () => {
  const { call, served } = await startDownload('download');
  const chunks = Array.from({ length: STREAM_WINDOW }, () => randomBytes(CHUNK_BYTES));
  chunks.forEach((chunk, i) => served.chunk(i, chunk));
  for (let i = 0; i < STREAM_WINDOW; i++) await call.chunks.next();
  expect(served.frames.size).toBe(0);
  for (let i = 0; i < CREDIT_STEP; i++) expect(call.pending.take()?.equals(chunks[i]!)).toBe(true);
  expect(await served.frames.next()).toMatchObject({ kind: 'credit', chunks: CREDIT_STEP });
  served.end(STREAM_WINDOW);
  expect(await call.ending).toMatchObject({ kind: 'end' });
  for (let i = CREDIT_STEP; i < STREAM_WINDOW; i++) expect(call.pending.take()?.equals(chunks[i]!)).toBe(true);
  expect(call.pending.take()).toBeNull();
});

test.each<[string, (served: ServedCall) => void, string]>([
  ['a missing chunk', (served) => served.chunk(1, Buffer.from('b')), 'chunk 1 came where chunk 0 was due'],
  ['an end that counts chunks that never came', (served) => served.end(3), '0 of 3 chunks came'],
])('%s ends the call as stream-lost', async (_what, act, reason) => {
  const { call, served } = await startDownload(`gap-${reason.length}`);
  act(served);
  const failure = await call.failure();
  expect(failure.code).toBe('stream-lost');
  expect(failure.detail.message).toBe(`a streamed body is damaged: ${reason}`);
  expect(await served.frames.next()).toEqual({ kind: 'cancel' });
});

test('a cell that sends more than it was allowed is cut off', async () => {
  const { call, served } = await startDownload('flood');
  for (let i = 0; i <= STREAM_WINDOW; i++) served.chunk(i, Buffer.from('x'));
  expect((await call.failure()).detail.message).toContain(`more than ${STREAM_WINDOW} chunks came without a credit`);
});

test('a response that its function broke off ends with the reason', async () => {
  const { call, served } = await startDownload('cut');
  served.chunk(0, Buffer.from('half'));
  served.end(1, 'exception');
  expect((await call.failure()).outcome).toBe('exception');
});

async function startUpload(name: string): Promise<{ call: Listener; served: ServedCall }> {
  return begin(name, true);
}

async function startDownload(name: string): Promise<{ call: Listener; served: ServedCall }> {
  const { call, served } = await begin(name, false);
  served.answerStreamed();
  await call.heads.next();
  return { call, served };
}

async function begin(name: string, streamed: boolean): Promise<{ call: Listener; served: ServedCall; cell: Peer }> {
  const cell = await bench.peer(`c-${name}`);
  await cell.serve(targetOf(name));
  const call = bench.start(targetOf(name), { streamed });
  return { call, served: await cell.calls.next(), cell };
}

/** Writes in odd pieces, pausing whenever it is told to. */
async function writeAll(call: Listener, body: Buffer): Promise<void> {
  const step = 100_003;
  for (let at = 0; at < body.length; at += step) {
    if (!call.pending.write(body.subarray(at, at + step))) await call.rooms.next();
  }
}
