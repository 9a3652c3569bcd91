import { startPlatform } from '@sovfn/testkit';
import type { Bench } from '../bench.ts';
import { HELLO, HELLO_CONCURRENCY } from '../functions/sources.ts';
import { type Contender, makeHttpContender } from './contender.ts';

/** The whole platform as `sovfn up` starts it, on free ports, with one function. */
export async function startSovfn(bench: Bench): Promise<Contender> {
  await using undo = new AsyncDisposableStack();
  const platform = undo.use(await startPlatform());
  await platform.deploy({ name: 'hello', code: HELLO, config: { outputs: 'none', limits: HELLO_CONCURRENCY } });
  return makeHttpContender('sovfn', `${platform.publicUrl}/fn/hello/`, undo.move(), bench);
}
