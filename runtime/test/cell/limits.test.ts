import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, type CellHarness, startCell } from './cell-harness.ts';

let cell: CellHarness;
beforeAll(async () => {
  cell = await startCell();
});
afterAll(() => cell[Symbol.asyncDispose]());

const HELLO = `if (request.method === 'GET') return new Response('hello');`;

test.each([
  ['loops for ever', `fetch(request) { ${HELLO} for (;;); }`],
  [
    'loops for ever after an await',
    `async fetch(request) { ${HELLO} await new Promise((done) => setTimeout(done, 5)); for (;;); }`,
  ],
  ['loops in microtasks', `async fetch(request) { ${HELLO} for (;;) await null; }`],
  [
    'backtracks in a regular expression',
    `fetch(request) { ${HELLO} return new Response(/^(a+)+$/.test('a'.repeat(40) + 'b')); }`,
  ],
])('a function that %s is ended with its limit and what it used, and the next call works', async (_what, source) => {
  await cell.deploy('looper', source, { cpuMs: 100 });
  expect((await cell.call('looper')).body.toString()).toBe('hello');
  const answer = await cell.call('looper', { method: 'POST' });
  expect(answer.outcome).toBe('exceeded-cpu');
  expect(detailOf(answer)).toMatchObject({ limit: 'cpuMs', limitValue: 100 });
  expect(detailOf(answer).measured).toBeGreaterThanOrEqual(100);
  expect((await cell.call('looper')).body.toString()).toBe('hello');
});

test('many short slices of one call count together', async () => {
  await cell.deploy(
    'slices',
    `async fetch() {
    const spin = (ms) => { const n = ms * 20000; let x = 0; for (let i = 0; i < n; i++) x += i % 7; return x; };
    for (let slice = 0; slice < 1000; slice++) { spin(10); await new Promise((done) => setTimeout(done, 0)); }
    return new Response('done');
  }`,
    { cpuMs: 100, wallMs: 20_000 },
  );
  const answer = await cell.call('slices');
  expect(answer.outcome).toBe('exceeded-cpu');
});

test('waiting costs no CPU time', async () => {
  await cell.deploy(
    'waiter',
    `async fetch() { await new Promise((done) => setTimeout(done, 400)); return new Response('rested'); }`,
    {
      cpuMs: 20,
    },
  );
  const answer = await cell.call('waiter');
  expect(answer.body.toString()).toBe('rested');
  if (answer.last.kind !== 'answer') throw new Error(answer.last.kind);
  expect(answer.last.wallUs).toBeGreaterThanOrEqual(400_000);
  expect(answer.last.cpuUs).toBeLessThan(20_000);
});

test('calls beside one that is cut: those that wait for something finish, the next ones run in a fresh isolate', async () => {
  await cell.deploy(
    'neighbours',
    `async fetch(request) {
    if (request.method === 'PUT') for (;;);
    await new Promise((done) => setTimeout(done, 300));
    return new Response('finished');
  }`,
    { cpuMs: 50 },
  );
  const waiting = await Promise.all([cell.start('neighbours'), cell.start('neighbours')]);
  const cut = await cell.call('neighbours', { method: 'PUT' });
  const after = await cell.call('neighbours');
  expect(cut.outcome).toBe('exceeded-cpu');
  expect(after.body.toString()).toBe('finished');
  for (const call of waiting) expect((await call.answer).body.toString()).toBe('finished');
});

test('a function that has not answered in its wall time is ended with it, and its neighbours go on', async () => {
  await cell.deploy(
    'sleeper',
    `async fetch(request) {
    await new Promise((done) => setTimeout(done, request.method === 'GET' ? 10 : 60_000));
    return new Response('awake');
  }`,
    { wallMs: 200 },
  );
  const slow = await cell.start('sleeper', { method: 'POST' });
  expect((await cell.call('sleeper')).body.toString()).toBe('awake');
  const answer = await slow.answer;
  expect(answer.outcome).toBe('exceeded-wall-time');
  expect(detailOf(answer)).toMatchObject({ limit: 'wallMs', limitValue: 200 });
  expect((await cell.call('sleeper')).body.toString()).toBe('awake');
});

test('a function that waits for something that cannot happen is told so long before its wall time', async () => {
  await cell.deploy('stuck', `async fetch(request) { ${HELLO} await new Promise(() => {}); }`, { wallMs: 60_000 });
  expect((await cell.call('stuck', { method: 'POST' })).outcome).toBe('never-settled');
  expect((await cell.call('stuck')).body.toString()).toBe('hello');
});

test.each([
  ['its heap', `fetch(request) { ${HELLO} const all = []; for (;;) all.push(new Array(10_000).fill({ a: 1 })); }`],
  ['ArrayBuffers', `fetch(request) { ${HELLO} const all = []; for (;;) all.push(new ArrayBuffer(1_000_000)); }`],
  ['typed arrays', `fetch(request) { ${HELLO} const all = []; for (;;) all.push(new Uint8Array(1_000_000).fill(1)); }`],
  [
    'resizable buffers',
    `fetch(request) { ${HELLO} const all = []; for (;;) { const b = new ArrayBuffer(8, { maxByteLength: 2e7 }); b.resize?.(2e7); all.push(b, new ArrayBuffer(1e6)); } }`,
  ],
  [
    'strings',
    `fetch(request) { ${HELLO} const all = []; for (let i = 0; ; i++) all.push(('x' + i).repeat(100_000).split('').join('-')); }`,
  ],
])(
  'a function that fills memory with %s is ended with its limit, the cell lives, the next call works',
  async (_what, source) => {
    await cell.deploy('filler', source, { memoryMb: 32, cpuMs: 15_000 });
    await cell.call('filler');
    const answer = await cell.call('filler', { method: 'POST' });
    expect(answer.outcome).toBe('exceeded-memory');
    expect(detailOf(answer)).toMatchObject({ limit: 'memoryMb', limitValue: 32 });
    expect((await cell.call('filler')).body.toString()).toBe('hello');
    expect(residentMb()).toBeLessThan(400);
  },
);

test('a module that loops while it is loaded does not load, and says its limit', async () => {
  const version = await cell.deploy('loopload', `for (;;);\nconst handler = {};\nexport{handler as default};\n`, {
    startupMs: 100,
  });
  expect(await cell.parts.seen('load-failed', version)).toMatchObject({ outcome: 'exceeded-startup' });
});

test('a flood of timers is refused to the function, and ends with its call', async () => {
  await cell.deploy(
    'timers',
    `fetch() { try { for (;;) setTimeout(() => {}, 60_000); } catch (error) { return new Response(error.name); } }`,
  );
  expect((await cell.call('timers')).body.toString()).toBe('RangeError');
  expect((await cell.call('timers')).body.toString()).toBe('RangeError');
});

test('a flood of log lines is cut, and says so', async () => {
  const logs = cell.logs('chatter');
  await cell.parts.gateway.flush();
  await cell.deploy(
    'chatter',
    `fetch() { for (let i = 0; i < 5_000; i++) console.log('x'.repeat(200)); return new Response('x'); }`,
    { cpuMs: 2_000 },
  );
  await cell.call('chatter');
  await expect
    .poll(() => logs.at(-1)?.text)
    .toMatch(
      /^This call has logged 256 KiB, its limit logKb; what it logs from here on is dropped\. Raise limits\.logKb/,
    );
  expect(logs.length).toBeLessThan(2_000);
});

test('a call that is ended has its outcome in the log, with the limit, what was measured, and what to change', async () => {
  const endings = cell.endings('ended');
  await cell.deploy('ended', `fetch() { for (;;); }`, { cpuMs: 50 });
  await cell.call('ended');
  await expect.poll(() => endings.length).toBe(1);
  const [end] = endings;
  expect(end).toMatchObject({ level: 'error', end: { outcome: 'exceeded-cpu' } });
  expect(end!.invocation).toMatch(/^[0-9a-z]+$/i);
  expect(end!.end!.cpuUs).toBeGreaterThanOrEqual(50_000);
  expect(end!.text).toMatch(
    /^The function used \d+ ms of CPU; its limit cpuMs is 50\. Raise limits\.cpuMs in sovfn\.jsonc, or let one call do less\.$/,
  );
});

test('a call that has used 80 % of its CPU time is warned in its log, once', async () => {
  const logs = await followed('greedy');
  await cell.deploy(
    'greedy',
    `async fetch() {
      for (let slice = 0; slice < 2_000; slice++) {
        let x = 0;
        for (let i = 0; i < 200_000; i++) x += i % 7;
        await new Promise((done) => setTimeout(done, 0));
      }
      return new Response('done');
    }`,
    { cpuMs: 100, wallMs: 20_000 },
  );
  await cell.call('greedy');
  await logs.untilEnded(1);
  const warnings = logs.lines.filter(({ level }) => level === 'warn');
  expect(warnings).toHaveLength(1);
  expect(warnings[0]!.text).toMatch(/^This call has used \d+ ms of CPU; its limit cpuMs is 100\.$/);
});

test('an isolate that holds 80 % of its memory is warned of in the log, once', async () => {
  const logs = await followed('hoarder');
  await cell.deploy(
    'hoarder',
    `async fetch() {
      globalThis.kept ??= Array.from({ length: 28 }, () => new Uint8Array(2 ** 20).fill(1));
      await new Promise((done) => setTimeout(done, 1_000));
      return new Response(String(kept.length));
    }`,
    { memoryMb: 32 },
  );
  await cell.call('hoarder');
  await cell.call('hoarder');
  await logs.untilEnded(2);
  const warnings = logs.lines.filter(({ level }) => level === 'warn');
  expect(warnings).toHaveLength(1);
  expect(warnings[0]!.text).toMatch(/^The function holds \d+ MiB, garbage included; its limit memoryMb is 32\.$/);
});

test('work after the answer that outlasts waitUntilMs is ended, and the log says so', async () => {
  const logs = await followed('lingerer');
  await cell.deploy(
    'lingerer',
    `fetch(request, env, ctx) {
      ctx.waitUntil(new Promise((done) => setTimeout(done, 600_000)));
      return new Response('answered');
    }`,
    { wallMs: 300, waitUntilMs: 100 },
  );
  expect((await cell.call('lingerer')).body.toString()).toBe('answered');
  await expect
    .poll(() => logs.lines.map(({ text }) => text))
    .toEqual([
      'Work after the answer was ended with its call after its limit waitUntilMs of 100. ' +
        'Raise limits.waitUntilMs in sovfn.jsonc, or let one call do less.',
    ]);
});

test('logKb bounds the log of one call', async () => {
  const logs = await followed('brief');
  await cell.deploy(
    'brief',
    `fetch() { for (let i = 0; i < 100; i++) console.log('x'.repeat(100)); return new Response('x'); }`,
    { logKb: 1 },
  );
  await cell.call('brief');
  await logs.untilEnded(1);
  expect(logs.lines).toHaveLength(12);
  expect(logs.lines.at(-1)!.text).toMatch(
    /^This call has logged 1 KiB, its limit logKb; what it logs from here on is dropped\./,
  );
});

test('a function that cannot be interrupted is reported by the watch thread', async () => {
  await using own = await startCell();
  const overrun = new Promise<void>((resolve) =>
    own.watch.on('data', (bytes: Buffer) => (bytes.includes(0x6f) ? resolve() : undefined)),
  );
  await own.deploy('native', `fetch() { let x = 3n; for (;;) x = x * x; }`, { cpuMs: 50 });
  const call = await own.start('native');
  await overrun;
  expect(call.frames.filter((frame) => frame.kind === 'answer')).toEqual([]);
});

/** What a function logs from now on, and how many of its calls have ended. */
async function followed(name: string) {
  const [lines, endings] = [cell.logs(name), cell.endings(name)];
  await cell.parts.gateway.flush();
  return { lines, untilEnded: (calls: number) => expect.poll(() => endings.length).toBe(calls) };
}

function detailOf(answer: Answer) {
  if (answer.last.kind !== 'failure') throw new Error(`the call ended with a frame "${answer.last.kind}"`);
  return answer.last.detail;
}

function residentMb(): number {
  const pages = Number(readFileSync(`/proc/${cell.pid}/statm`, 'utf8').split(' ')[1]);
  return (pages * 4096) / 2 ** 20;
}
