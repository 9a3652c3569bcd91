import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, startPlatform, type TemporaryFolder, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runInProcess, startInProcess } from './run-in-process.ts';

const CODE = `
export default {
  async fetch(request: Request, env: unknown, ctx: { waitUntil(work: Promise<unknown>): void }) {
    const { pathname } = new URL(request.url);
    console.log('asked for', pathname, '\\u001b[2J');
    if (pathname === '/throw') throw new TypeError('no such order');
    if (pathname === '/counts') ctx.waitUntil(count());
    return new Response(pathname, { status: 201 });
  },
};
async function count() {
  for (let i = 0; i < 200; i++) {
    console.log('number', i);
    await new Promise((done) => setTimeout(done, 20));
  }
  console.log('counted');
}
`;

let platform: TestPlatform;
let folder: TemporaryFolder;
let root: string;
beforeAll(async () => {
  platform = await startPlatform();
  folder = await makeTemporaryFolder('cli-logs');
  root = join(folder.path, 'echo');
  await mkdir(root);
  await writeFile(join(root, 'index.ts'), CODE);
  await writeFile(join(root, 'sovfn.jsonc'), JSON.stringify({ name: 'echo', main: 'index.ts' }));
  await sovfn('deploy', root);
}, 120_000);
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const sovfn = (...argv: readonly string[]) => runInProcess(argv, { env: { ...platform.environment } });
const follow = (...argv: readonly string[]) => {
  const end = new AbortController();
  const env = { ...platform.environment };
  const follower = startInProcess(['logs', 'echo', '--follow', ...argv], { env, signal: end.signal });
  return { ...follower, end: () => end.abort() };
};

/** The log, once it holds the text: an entry is stored a moment after its call. */
async function untilLogged(text: string, ...argv: readonly string[]): Promise<string> {
  for (;;) {
    const { stdout } = await sovfn('logs', 'echo', ...argv);
    if (stdout.includes(text)) return stdout;
  }
}

describe('what is kept', () => {
  test('lines and the ends of calls are found by how a call ended, by text, by invocation', async () => {
    await platform.call('/fn/echo/past?token=secret', { method: 'PUT' });
    const failed = await platform.call('/fn/echo/throw');
    const all = await untilLogged('GET /throw exception');
    expect(all).toMatch(/ PUT \/past 201 · cpu [\d.]+ ms · total [\d.]+ ms · (?:cold · )?[0-9a-f]{12} · [a-z0-9-]+\n/);
    expect(all).not.toContain('secret');
    const errors = await untilLogged('exception', '--status', 'error');
    expect(errors).toMatch(
      /asked for \/throw.*\n.* GET \/throw exception .*\nTypeError: no such order\n {4}at .*index\.ts:6:/,
    );
    expect(errors).not.toContain('/past');
    const put = await untilLogged('PUT', '--method', 'put', '--search', 'PAST', '--since', '1h', '-n', '5');
    expect(put).not.toContain('/throw');
    const invocation = failed.headers.get('sovfn-invocation')!;
    const one = await untilLogged('exception', '--invocation', invocation);
    expect(one.match(/asked for/g)).toHaveLength(1);
    const { stdout } = await sovfn('logs', 'echo', '--limit', '1', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ entries: [{ function: 'echo' }], hasOlder: true, gaps: [] });
    const none = await sovfn('logs', 'echo', '--until', '1h');
    expect(none).toMatchObject({ code: 0, stdout: '', stderr: 'echo has logged nothing that fits.\n' });
  });

  test('each line of an event’s run shows its event and attempt, and the event finds them', async () => {
    const accepted = await platform.call('/fn/echo/event', { method: 'POST', headers: { prefer: 'respond-async' } });
    const event = accepted.headers.get('sovfn-event')!;
    const shown = await untilLogged('POST /event', '--event', event);
    const head = String.raw`^\d\d:\d\d:\d\d \w{6} ${event}#1 `;
    expect(shown).toMatch(new RegExp(`${head}info {2}asked for /event .*\n${head.slice(1)}POST /event 201 .*\n$`));
    const { stdout } = await sovfn('logs', 'echo', '--event', event, '--json');
    const version = expect.stringMatching(/^[0-9a-f]{64}$/) as string;
    const { entries } = JSON.parse(stdout) as { entries: object[] };
    const facts = { event, attempt: 1, version, node: expect.any(String) as string, level: 'info' };
    expect(entries).toMatchObject([
      { ...facts, text: expect.stringContaining('asked for') as string },
      { ...facts, end: { trigger: 'async', outcome: 'ok', cold: expect.any(Boolean) as boolean } },
    ]);
  });

  test('without a name it is the log of the function in the current folder', async () => {
    await platform.call('/fn/echo/here');
    await untilLogged('GET /here');
    const { stdout } = await runInProcess(['logs'], { env: { ...platform.environment }, cwd: root });
    expect(stdout).toContain('GET /here');
  });

  test.each([
    [['--since', 'yesterday'], '--since is "yesterday"', 'Write'],
    [['--until', '2026'.repeat(9)], `--until is "${'2026'.repeat(9)}"`, 'Write'],
    [['--status', 'fine'], '--status is "fine"', 'Write'],
    [['--level', 'loud'], '--level is "loud"', 'Write'],
    [['--limit', '0'], '--limit is "0"', 'Write'],
    [['--version', 'xyz'], '--version is "xyz"', 'Write'],
    [['--follow', '--until', '1h'], '--until and --follow exclude each other', 'Leave out --follow'],
    [['--follow', '--limit', '3'], '--limit and --follow exclude each other', 'Leave out --follow'],
  ])('%j is refused with what can be written', async (args, reason, hint) => {
    const { code, stderr } = await sovfn('logs', 'echo', ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(`✖ ${reason} (usage)\n  → ${hint}`);
  });
});

test('invoke shows what its own call logged, on stderr', async () => {
  const [one, other] = await Promise.all([sovfn('invoke', 'echo', '/one'), sovfn('invoke', 'echo', '/other')]);
  expect([one.stdout, other.stdout]).toEqual(['/one', '/other']);
  expect([one.stderr.match(/asked for \/\w+/g), other.stderr.match(/asked for \/\w+/g)]).toEqual([
    ['asked for /one'],
    ['asked for /other'],
  ]);
});

describe('following', () => {
  test('lines are shown as they come; only JSON has heartbeats', async () => {
    const [text, json] = [follow(), follow('--json')];
    await Promise.all([text, json].map((follower) => follower.untilStderr('Following echo')));
    await json.untilStdout('{"kind":"heartbeat","time":"2');
    await platform.call('/fn/echo/followed');
    await text.untilStdout('asked for /followed');
    await json.untilStdout('asked for /followed');
    text.end();
    json.end();
    expect([await text.code, await json.code]).toEqual([0, 0]);
    expect((await text.stdoutBytes).toString()).not.toContain('heartbeat');
  });

  test('a follower goes on where it broke off when the gateway ends: no line is lost, none comes twice', async () => {
    const follower = follow('--json');
    await follower.untilStderr('Following echo');
    expect((await platform.call('/fn/echo/counts')).status).toBe(201);
    await follower.untilStdout('number 10');
    process.kill(platform.pids.get('gateway')!, 'SIGKILL');
    await follower.untilStderr('The connection is lost. Trying again …');
    await follower.untilStderr('Following again, from where it broke off.');
    await follower.untilStdout('counted');
    follower.end();
    expect(await follower.code).toBe(0);
    const lines = (await follower.stdoutBytes).toString().match(/(?<="text":"number )\d+/g);
    expect(lines).toEqual(Array.from({ length: 200 }, (_, i) => String(i)));
  }, 60_000);
});
