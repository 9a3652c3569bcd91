import type { Bench } from '../bench.ts';
import { describeError } from '../describe-error.ts';
import { type Contender, CONTENDERS, type ContenderName } from './contender.ts';
import { startHttpProxy } from './http-proxy.ts';
import { startNatsRoundTrip } from './nats.ts';
import { startPlainHttp } from './plain-http.ts';
import { startRuntime } from './runtimes.ts';
import { startSovfn } from './sovfn.ts';

export interface Missing {
  readonly contender: ContenderName;
  readonly reason: string;
}

export interface StartedContenders extends AsyncDisposable {
  readonly contenders: readonly Contender[];
  readonly missing: readonly Missing[];
}

const START: Readonly<Record<ContenderName, (bench: Bench) => Promise<Contender>>> = {
  sovfn: startSovfn,
  workerd: async (bench) => startRuntime('workerd', bench),
  deno: async (bench) => startRuntime('deno', bench),
  bun: async (bench) => startRuntime('bun', bench),
  koa: async (bench) => startPlainHttp('koa', bench),
  'node-http': async (bench) => startPlainHttp('node-http', bench),
  'http-proxy': startHttpProxy,
  nats: startNatsRoundTrip,
};

/**
 * Starts them; they stay up together, and only the one that is measured has work. Others than the platform may be missing:
 * npm has no binary of each runtime for every machine.
 */
export async function startContenders(
  bench: Bench,
  names: readonly ContenderName[] = CONTENDERS,
): Promise<StartedContenders> {
  await using undo = new AsyncDisposableStack();
  const contenders: Contender[] = [];
  const missing: Missing[] = [];
  for (const name of names) {
    bench.signal.throwIfAborted();
    bench.say(`starting ${name}`);
    try {
      contenders.push(undo.use(await START[name](bench)));
    } catch (error) {
      missing.push(missingUnlessOurs(name, error, bench));
    }
  }
  const owned = undo.move();
  return { contenders, missing, [Symbol.asyncDispose]: async () => owned.disposeAsync() };
}

/** What failed of another program is noted; throws when it is the platform's, or when the benchmark is ended. */
export function missingUnlessOurs(contender: ContenderName, error: unknown, { signal, say }: Bench): Missing {
  if (contender === 'sovfn' || signal.aborted) throw error;
  const reason = describeError(error);
  say(`without ${contender}: ${reason}`);
  return { contender, reason };
}
