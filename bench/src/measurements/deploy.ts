/** How long a developer waits for `sovfn deploy` on a platform that runs: the whole command, from its start to its exit. */
import { join } from 'node:path';
import { startPlatform, type TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';
import { ExampleCopies } from '../functions/example-copies.ts';
import { ROOT } from '../paths.ts';
import { runProgram } from '../processes/run-program.ts';
import { showMs } from '../report/figures.ts';
import { latencySchema, summarizeTimes } from './latency.ts';
import { defineMeasurement } from './measurement.ts';

const CLI = join(ROOT, 'cli/bin/sovfn.js');
const DEPLOY_MS = 60_000;
const FUNCTION = 'deployed';

const schema = z.strictObject({ unchanged: latencySchema, changed: latencySchema });
const answerSchema = z.object({ result: z.string() });

export const deploy = defineMeasurement({
  name: 'deploy',
  schema,
  async measure({ settings, signal, say }) {
    await using platform = await startPlatform();
    await using copies = await ExampleCopies.open();
    const folder = await copies.make(FUNCTION);
    const times = { unchanged: [] as number[], changed: [] as number[] };
    await timeDeploy(platform, folder, { result: 'created', signal });
    for (let round = 1; round <= settings.deploy.rounds; round++) {
      say(`deploy: round ${round} of ${settings.deploy.rounds}`);
      times.unchanged.push(await timeDeploy(platform, folder, { result: 'unchanged', signal }));
      await copies.change(FUNCTION);
      times.changed.push(await timeDeploy(platform, folder, { result: 'updated', signal }));
    }
    return { unchanged: summarizeTimes(times.unchanged), changed: summarizeTimes(times.changed) };
  },
  tables: (result) => [
    {
      title: 'sovfn deploy',
      columns: ['', 'deploys', 'p50', 'longest'],
      rows: (['unchanged', 'changed'] as const).map((case_) => {
        const { count, p50Ms, maxMs } = result[case_];
        return [case_, String(count), showMs(p50Ms), showMs(maxMs)];
      }),
      notes: [],
    },
  ],
});

interface Expected {
  /** What the platform must say it did: else something else was measured. */
  readonly result: 'created' | 'unchanged' | 'updated';
  readonly signal: AbortSignal;
}

async function timeDeploy(platform: TestPlatform, folder: string, { result, signal }: Expected): Promise<number> {
  const env = { ...process.env, ...platform.environment };
  const startedAt = performance.now();
  const text = await runProgram(process.execPath, [CLI, 'deploy', folder, '--json'], {
    env,
    limitMs: DEPLOY_MS,
    signal,
  });
  const ms = performance.now() - startedAt;
  const answer = answerSchema.parse(JSON.parse(text));
  if (answer.result === result) return ms;
  throw new Error(`sovfn deploy answered "${answer.result}"; this measures "${result}"`);
}
