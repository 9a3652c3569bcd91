import type { Bench } from '../bench.ts';
import { startProgram } from '../processes/server-process.ts';
import { type Contender, makeHttpContender } from './contender.ts';

/** One of our programs that is nothing but an HTTP server. */
export async function startPlainHttp(name: 'koa' | 'node-http', bench: Bench): Promise<Contender> {
  const server = await startProgram(name);
  return makeHttpContender(name, `http://127.0.0.1:${server.port}/`, server, bench);
}
