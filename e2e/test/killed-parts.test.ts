import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { cellPids } from './processes.ts';

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform();
  const code = `export default { async fetch(request: Request) {
    await new Promise((done) => setTimeout(done, 5));
    return new Response(new URL(request.url).searchParams.get('n'));
  } };`;
  await platform.deploy({ name: 'steady', code });
});
afterAll(() => platform[Symbol.asyncDispose]());
beforeEach(() => untilAnswered());

test('kill -9 of a cell under load: clear errors at most, and a new cell answers', async () => {
  const seen = await underLoad(async () => {
    for (const pid of await cellPids(platform)) process.kill(pid, 'SIGKILL');
    await untilAnswered();
  });
  expect(seen.wrong).toEqual([]);
});

test('kill -9 of the supervisor under load: its cells end with it, and a new one answers without help', async () => {
  const cells = await cellPids(platform);
  const seen = await underLoad(async () => {
    const back = platform.untilPart('node', 'ready');
    process.kill(platform.pids.get('node')!, 'SIGKILL');
    await back;
    await untilAnswered();
  });
  expect(seen.wrong).toEqual([]);
  expect(cells.filter(isAlive)).toEqual([]);
});

test('kill -9 of nats-server under load: 503 while it is away, and answers when it is back', async () => {
  const seen = await underLoad(async () => {
    const back = platform.untilPart('bus', 'ready');
    process.kill(platform.pids.get('bus')!, 'SIGKILL');
    await back;
    await untilAnswered();
  });
  expect(seen.wrong).toEqual([]);
});

test('kill -9 of MinIO under load: warm functions do not notice', async () => {
  const seen = await underLoad(async () => {
    const back = platform.untilPart('store', 'ready');
    process.kill(platform.pids.get('store')!, 'SIGKILL');
    await back;
  });
  expect(seen.wrong).toEqual([]);
  expect(seen.errors).toBe(0);
});

test('kill -9 of the gateway under load: connections break, and the next gateway answers', async () => {
  const back = platform.untilPart('gateway', 'ready');
  process.kill(platform.pids.get('gateway')!, 'SIGKILL');
  await back;
  await untilAnswered();
});

interface Seen {
  /** Answers that are neither right nor a 5xx that says why. */
  readonly wrong: string[];
  /** Answers with a 5xx. */
  readonly errors: number;
}

/** Calls the function from eight callers while `act` runs, and judges every answer. */
async function underLoad(act: () => Promise<void>): Promise<Seen> {
  const wrong: string[] = [];
  let errors = 0;
  let isDone = false;
  const callers = Array.from({ length: 8 }, async (_, caller) => {
    for (let n = caller; !isDone; n += 8) {
      const response = await platform.call(`/fn/steady/?n=${n}`, { signal: AbortSignal.timeout(20_000) });
      const text = await response.text();
      if (response.status === 200 && text === String(n)) continue;
      const isClear = response.status >= 500 && (JSON.parse(text) as { code?: string }).code !== undefined;
      if (isClear) errors++;
      else wrong.push(`${response.status} ${text.slice(0, 200)}`);
    }
  });
  try {
    await act();
  } finally {
    isDone = true;
  }
  await Promise.all(callers);
  return { wrong, errors };
}

/** Resolves at the first right answer; the test's time limit bounds it. */
async function untilAnswered(): Promise<void> {
  for (;;) {
    const response = await platform.call('/fn/steady/?n=0').catch(() => null);
    const text = await response?.text();
    if (response?.status === 200 && text === '0') return;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
