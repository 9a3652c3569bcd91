import type { Bench } from '../bench.ts';
import { type Contender, CONTENDERS, type ContenderName } from './contender.ts';
import { startNatsRoundTrip } from './nats.ts';
import { startPlainHttp } from './plain-http.ts';
import { startSovfn } from './sovfn.ts';
import { startWorkerd } from './workerd.ts';

export interface StartedContenders extends AsyncDisposable {
  readonly contenders: readonly Contender[];
  readonly missing: readonly { readonly contender: ContenderName; readonly reason: string }[];
}

const START: Readonly<Record<ContenderName, (bench: Bench) => Promise<Contender>>> = {
  sovfn: startSovfn,
  workerd: startWorkerd,
  koa: async (bench) => startPlainHttp('koa', bench),
  'node-http': async (bench) => startPlainHttp('node-http', bench),
  nats: startNatsRoundTrip,
};

/**
 * Starts all of them; they stay up together, and only the one that is measured has work. workerd may be missing, because
 * npm has no binary of it for every machine; anything else that does not start is thrown.
 */
export async function startContenders(bench: Bench): Promise<StartedContenders> {
  await using undo = new AsyncDisposableStack();
  const contenders: Contender[] = [];
  const missing: { contender: ContenderName; reason: string }[] = [];
  for (const name of CONTENDERS) {
    bench.signal.throwIfAborted();
    bench.say(`hello: starting ${name}`);
    try {
      contenders.push(undo.use(await START[name](bench)));
    } catch (error) {
      if (name !== 'workerd' || bench.signal.aborted) throw error;
      missing.push({ contender: name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  const owned = undo.move();
  return { contenders, missing, [Symbol.asyncDispose]: async () => owned.disposeAsync() };
}
