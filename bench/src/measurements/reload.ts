/**
 * How long a developer waits under `sovfn dev`: from the moment a file is saved until a call is answered by what was saved.
 * Calls are made one after the other all the time, as a browser would that cannot wait.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '@sovfn/testkit';
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { ExampleCopies } from '../functions/example-copies.ts';
import { ROOT } from '../paths.ts';
import { showMs } from '../report/figures.ts';
import { latencySchema, summarizeTimes } from './latency.ts';
import { defineMeasurement } from './measurement.ts';

const CLI = join(ROOT, 'cli/bin/sovfn.js');
const ANSWER_MS = 30_000;
const HELLO = 'hello';
const API = 'api';
const CASES = [HELLO, API] as const;
const SHOWN = { [HELLO]: 'hello, one file', [API]: 'API with Hono and Zod' } as const;

const schema = z.strictObject({ [HELLO]: latencySchema, [API]: latencySchema });
const eventSchema = z.looseObject({ type: z.string() });

export const reload = defineMeasurement({
  name: 'reload',
  schema,
  async measure(bench) {
    const { settings, say } = bench;
    await using copies = await ExampleCopies.open();
    await copies.make(API);
    await makeHello(copies.root);
    for (const name of CASES) await save(copies.root, name, 0);
    await using development = await startDev(copies.root, bench);
    const times = { [HELLO]: [] as number[], [API]: [] as number[] };
    for (let round = 1; round <= settings.reload.rounds; round++) {
      say(`reload: round ${round} of ${settings.reload.rounds}`);
      for (const name of CASES) {
        times[name].push(await timeSave(copies.root, { name, round, base: development.base, signal: bench.signal }));
      }
    }
    return { [HELLO]: summarizeTimes(times[HELLO]), [API]: summarizeTimes(times[API]) };
  },
  tables: (result) => [
    {
      title: 'sovfn dev, from a save to an answer of the new code',
      columns: ['', 'saves', 'p50', 'longest'],
      rows: CASES.map((name) => {
        const { count, p50Ms, maxMs } = result[name];
        return [SHOWN[name], String(count), showMs(p50Ms), showMs(maxMs)];
      }),
      notes: [],
    },
  ],
});

async function makeHello(root: string): Promise<void> {
  await mkdir(join(root, HELLO));
  await writeFile(join(root, HELLO, 'sovfn.jsonc'), JSON.stringify({ name: HELLO, main: 'index.ts', outputs: 'none' }));
}

const SOURCES: Readonly<Record<(typeof CASES)[number], { file: string; text: (round: number) => string }>> = {
  [HELLO]: {
    file: 'index.ts',
    text: (round) => `export default { fetch: () => new Response('round ${round}') };\n`,
  },
  [API]: {
    file: 'src/index.ts',
    text: (round) => `import { app } from './app.ts';
app.get('/round', (context) => context.text('round ${round}'));
export default app;
`,
  },
};
const PATHS = { [HELLO]: '', [API]: 'round' } as const;

/** As editors do it: whole at once. */
async function save(root: string, name: (typeof CASES)[number], round: number): Promise<void> {
  const { file, text } = SOURCES[name];
  const draft = join(root, `draft-${name}`);
  await writeFile(draft, text(round));
  await rename(draft, join(root, name, file));
}

interface Save {
  readonly name: (typeof CASES)[number];
  readonly round: number;
  readonly base: string;
  readonly signal: AbortSignal;
}

async function timeSave(root: string, { name, round, base, signal }: Save): Promise<number> {
  const url = `${base}/fn/${name}/${PATHS[name]}`;
  const giveUp = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  await save(root, name, round);
  const savedAt = performance.now();
  for (;;) {
    const answer = await fetch(url, { signal: giveUp });
    if ((await answer.text()) === `round ${round}`) return performance.now() - savedAt;
  }
}

async function startDev(root: string, { signal }: Bench): Promise<AsyncDisposable & { readonly base: string }> {
  const port = await freePort();
  const child = spawn(process.execPath, [CLI, 'dev', root, '--port', String(port), '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  const exited = once(child, 'exit');
  // Read to the end: a command whose lines nobody takes would stop.
  const lines = createInterface({ input: child.stdout });
  const ready = Promise.withResolvers<void>();
  lines.on('line', (line) => {
    if (eventSchema.parse(JSON.parse(line)).type === 'ready') ready.resolve();
  });
  await Promise.race([ready.promise, exited.then(() => Promise.reject(new Error('sovfn dev has ended by itself')))]);
  return {
    base: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
