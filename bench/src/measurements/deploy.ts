/** How long a developer waits for `sovfn deploy` and `sovfn rollback` on a platform that runs: the whole command, from its start to its exit. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder, startPlatform, type TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';
import { ExampleCopies } from '../functions/example-copies.ts';
import { helloNumber } from '../functions/sources.ts';
import { ROOT } from '../paths.ts';
import { runProgram } from '../processes/run-program.ts';
import { atMost } from '../report/bars.ts';
import { showMs } from '../report/figures.ts';
import { type Latency, latencySchema, summarizeTimes } from './latency.ts';
import { defineMeasurement } from './measurement.ts';

const CLI = join(ROOT, 'cli/bin/sovfn.js');
const COMMAND_MS = 60_000;
const EXAMPLE = 'deployed';
const HELLO_NAME = 'hello';

const timesSchema = { unchanged: latencySchema, changed: latencySchema };
/** Of the example API, and of hello, which older results have not. */
const schema = z.strictObject({
  ...timesSchema,
  hello: z.strictObject(timesSchema).optional(),
  /** Of hello, to the version before; older results have none. */
  rollback: latencySchema.optional(),
});
const answerSchema = z.object({ result: z.string() });

export const deploy = defineMeasurement({
  name: 'deploy',
  schema,
  async measure({ settings, signal, say }) {
    await using platform = await startPlatform();
    await using copies = await ExampleCopies.open();
    await using folder = await makeTemporaryFolder('hello');
    await writeFile(join(folder.path, 'sovfn.jsonc'), JSON.stringify({ name: HELLO_NAME, main: 'index.ts' }));
    const changeHello = async (number: number): Promise<void> =>
      writeFile(join(folder.path, 'index.ts'), helloNumber(number));
    await changeHello(0);
    const example = { path: await copies.make(EXAMPLE), change: async () => copies.change(EXAMPLE) };
    const kinds = [example, { path: folder.path, change: changeHello }];
    const times = kinds.map(() => ({ unchanged: [] as number[], changed: [] as number[] }));
    for (const { path } of kinds) await timeDeploy(platform, path, { result: 'created', signal });
    for (let round = 1; round <= settings.deploy.rounds; round++) {
      say(`deploy: round ${round} of ${settings.deploy.rounds}`);
      for (const [index, { path, change }] of kinds.entries()) {
        times[index]!.unchanged.push(await timeDeploy(platform, path, { result: 'unchanged', signal }));
        await change(round);
        times[index]!.changed.push(await timeDeploy(platform, path, { result: 'updated', signal }));
      }
    }
    // Each goes back to the version before the one that it finds: there are as many as were deployed.
    const rollbacks: number[] = [];
    for (let round = 1; round <= settings.deploy.rounds; round++) rollbacks.push(await timeRollback(platform, signal));
    const [ofExample, ofHello] = times.map(({ unchanged, changed }) => ({
      unchanged: summarizeTimes(unchanged),
      changed: summarizeTimes(changed),
    }));
    return { ...ofExample!, hello: ofHello!, rollback: summarizeTimes(rollbacks) };
  },
  tables: (result) => [
    {
      title: 'sovfn deploy, sovfn rollback',
      columns: ['', 'commands', 'p50', 'longest'],
      rows: [
        ...CASES.flatMap((case_) => [
          row(`API with Hono and Zod, ${case_}`, result[case_]),
          ...(result.hello === undefined ? [] : [row(`hello, ${case_}`, result.hello[case_])]),
        ]),
        ...(result.rollback === undefined ? [] : [row('rollback of hello', result.rollback)]),
      ],
      notes: [],
    },
  ],
  bars: ({ hello, rollback }) => [
    atMost(
      'sovfn deploy of hello, unchanged, p50',
      { bar: 300, aim: 150, show: showMs },
      hello?.unchanged.p50Ms ?? null,
    ),
    atMost('sovfn deploy of hello, changed, p50', { bar: 600, aim: 300, show: showMs }, hello?.changed.p50Ms ?? null),
    atMost('sovfn rollback, p50', { bar: 1_000, aim: 500, show: showMs }, rollback?.p50Ms ?? null),
  ],
});

const CASES = ['unchanged', 'changed'] as const;

function row(title: string, { count, p50Ms, maxMs }: Latency): string[] {
  return [title, String(count), showMs(p50Ms), showMs(maxMs)];
}

interface Expected {
  /** What the platform must say it did: else something else was measured. */
  readonly result: 'created' | 'unchanged' | 'updated';
  readonly signal: AbortSignal;
}

async function timeDeploy(platform: TestPlatform, folder: string, { result, signal }: Expected): Promise<number> {
  const { ms, text } = await timeCommand(platform, ['deploy', folder], signal);
  const answer = answerSchema.parse(JSON.parse(text));
  if (answer.result === result) return ms;
  throw new Error(`sovfn deploy answered "${answer.result}"; this measures "${result}"`);
}

/** A rollback that is not possible fails. */
async function timeRollback(platform: TestPlatform, signal: AbortSignal): Promise<number> {
  return (await timeCommand(platform, ['rollback', HELLO_NAME], signal)).ms;
}

async function timeCommand(
  platform: TestPlatform,
  words: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly ms: number; readonly text: string }> {
  const env = { ...process.env, ...platform.environment };
  const startedAt = performance.now();
  const text = await runProgram(process.execPath, [CLI, ...words, '--json'], { env, limitMs: COMMAND_MS, signal });
  return { ms: performance.now() - startedAt, text };
}
