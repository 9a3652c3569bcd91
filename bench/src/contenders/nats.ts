import { fileURLToPath } from 'node:url';
import { startNats } from '@sovfn/testkit';
import { loadResultSchema } from '../load/load-generator.ts';
import { runProgram } from '../processes/run-program.ts';
import { startProgram } from '../processes/server-process.ts';
import type { Contender } from './contender.ts';

const CALLER = fileURLToPath(new URL('../programs/nats-caller.ts', import.meta.url));
/** For starting, running hot, and ending. Milliseconds. */
const GRACE_MS = 20_000;

/** A nats-server, a process that answers and one that asks, on the platform's own wire path: the price of the bus alone. */
export async function startNatsRoundTrip(): Promise<Contender> {
  await using undo = new AsyncDisposableStack();
  const { address } = undo.use(await startNats());
  undo.use(await startProgram('nats-echo', [String(address.port)]));
  const owned = undo.move();
  return {
    name: 'nats',
    url: null,
    measure: async ({ connections, seconds, signal }) => {
      const args = [CALLER, ...[address.port, connections, seconds].map(String)];
      const report = await runProgram(process.execPath, args, { limitMs: seconds * 1_000 + GRACE_MS, signal });
      return loadResultSchema.parse(JSON.parse(report));
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
}
