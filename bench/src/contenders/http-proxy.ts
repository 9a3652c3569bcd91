import type { Bench } from '../bench.ts';
import { startProgram } from '../processes/server-process.ts';
import { type Contender, makeHttpContender } from './contender.ts';

/** Two processes: what answers, and before it one that sends each request on. */
export async function startHttpProxy(bench: Bench): Promise<Contender> {
  await using undo = new AsyncDisposableStack();
  const answering = undo.use(await startProgram('node-http'));
  const { port } = undo.use(await startProgram('http-proxy', [String(answering.port)]));
  return makeHttpContender('http-proxy', `http://127.0.0.1:${port}/`, undo.move(), bench);
}
