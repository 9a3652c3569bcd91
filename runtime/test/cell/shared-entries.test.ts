/** Calls that come in one message begin in one entry into their isolate: nobody may see a difference, whatever one of them does. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogEvent } from '@sovfn/protocol';
import { type Answer, type CellHarness, startCell } from './cell-harness.ts';

/** More calls than a function must have answered before its calls share entries. */
const TRIALS = 150;
const PATH = `const { pathname } = new URL(request.url);`;

let cell: CellHarness;

beforeAll(async () => {
  cell = await startCell();
});
afterAll(async () => cell[Symbol.asyncDispose]());

/** Deploys a function, and calls it at `/trial` until its calls share entries. */
async function deployTried(name: string, body: string, limits = {}): Promise<void> {
  await cell.deploy(name, body, limits);
  await callTogether(name, Array<string>(TRIALS).fill('/trial'));
}

async function callTogether(name: string, paths: readonly string[]): Promise<Answer[]> {
  return Promise.all(paths.map(async (path) => cell.call(name, { url: `http://localhost${path}` })));
}

const told = (answers: readonly Answer[]): string[] =>
  answers.map(({ outcome, status, body }) => (outcome === 'ok' ? `${status} ${body.toString()}` : outcome));

test('calls that come together begin in their order, and each gets its own answer or error', async () => {
  await deployTried(
    'mixed',
    `begun: [], async fetch(request) {
      ${PATH}
      if (pathname === '/begun') return Response.json(this.begun.splice(0));
      if (pathname !== '/trial') this.begun.push(pathname);
      if (pathname === '/throws') throw new Error('thrown');
      await null;
      if (pathname === '/rejects') throw new Error('rejected');
      if (pathname === '/wrong') return 1;
      if (pathname === '/later') await new Promise((done) => setTimeout(done, 1));
      return new Response(pathname + 'é'.repeat(pathname === '/accents' ? 3 : 0), { status: 201 });
    }`,
  );
  const paths = ['/1', '/throws', '/later', '/rejects', '/wrong', '/accents', '/2'];
  expect(told(await callTogether('mixed', paths))).toEqual([
    '201 /1',
    'exception',
    '201 /later',
    'exception',
    'invalid-response',
    '201 /accentsééé',
    '201 /2',
  ]);
  expect(JSON.parse((await cell.call('mixed', { url: 'http://localhost/begun' })).body.toString())).toEqual(paths);
});

test('code behind an await runs, and logs, for the call that it belongs to', async () => {
  const name = 'loggers';
  const logs = cell.logs(name);
  const endings = cell.endings(name);
  await cell.parts.gateway.flush();
  await deployTried(
    name,
    `async fetch(request) {
      ${PATH}
      if (pathname === '/trial') return new Response('');
      for (let n = 0; n < 5; n++) await null;
      console.log(pathname);
      return new Response(pathname);
    }`,
  );
  const paths = ['/a', '/b', '/c', '/d'];
  await callTogether(name, paths);
  const callOf = (event: LogEvent | undefined): unknown => event?.invocation;
  const endingOf = (path: string): LogEvent | undefined => endings.find(({ end }) => end?.path === path);
  await until(() => paths.every((path) => endingOf(path) !== undefined) && logs.length >= paths.length);
  expect(logs.map((event) => [event.text, callOf(event)])).toEqual(paths.map((path) => [path, callOf(endingOf(path))]));
});

test.for([
  ['at once', `fetch(request) { ${PATH} if (pathname === '/loops') for (;;); return new Response(pathname); }`],
  [
    'behind an await',
    `async fetch(request) { ${PATH} await null; if (pathname === '/loops') for (;;); return new Response(pathname); }`,
  ],
])('a call that loops %s is ended for its CPU, and all that came with it are answered', async ([how, body]) => {
  const name = how === 'at once' ? 'loops-at-once' : 'loops-later';
  await deployTried(name, body!, { cpuMs: 50 });
  expect(told(await callTogether(name, ['/1', '/2', '/loops', '/3', '/4']))).toEqual([
    '200 /1',
    '200 /2',
    'exceeded-cpu',
    '200 /3',
    '200 /4',
  ]);
});

test('a call that never settles is ended, and those that came with it are answered', async () => {
  await deployTried(
    'waits',
    `async fetch(request) { ${PATH} if (pathname === '/waits') await new Promise(() => {}); return new Response(pathname); }`,
  );
  const answers = await callTogether('waits', ['/1', '/waits', '/2']);
  expect(told(answers)).toEqual(['200 /1', 'never-settled', '200 /2']);
});

test('each call is charged the CPU that its own code used', async () => {
  await deployTried(
    'busy',
    `async fetch(request) {
      ${PATH}
      await null;
      if (pathname === '/busy') for (let n = 0; n < 3e7; n++) Math.sqrt(n);
      return new Response(pathname);
    }`,
    { cpuMs: 5_000 },
  );
  const answers = await callTogether('busy', ['/1', '/2', '/busy', '/3', '/4']);
  const used = answers.map(({ last }) => (last.kind === 'answer' ? last.cpuUs : 0));
  expect(Math.max(...used)).toBe(used[2]);
  expect(used.filter((_, place) => place !== 2).every((us) => us * 4 < used[2]!)).toBe(true);
});

test('after a rejection that nobody handled, every later one is logged with its call', async () => {
  const name = 'orphans';
  const logs = cell.logs(name);
  await cell.parts.gateway.flush();
  await deployTried(
    name,
    `async fetch(request) {
      ${PATH}
      if (pathname === '/trial') return new Response('');
      Promise.reject(new Error('orphan of ' + pathname));
      await new Promise((done) => setTimeout(done, 1));
      return new Response(pathname);
    }`,
  );
  const first = await callTogether(name, ['/1', '/2', '/3']);
  expect(told(first)).toEqual(['200 /1', '200 /2', '200 /3']);
  await callTogether(name, ['/4', '/5', '/6']);
  await until(() => logs.some(({ text }) => text.includes('orphan of /6')));
  const later = logs.filter(({ text }) => /orphan of \/[456]/.test(text));
  expect(later.map(({ invocation }) => invocation === null)).toEqual([false, false, false]);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
