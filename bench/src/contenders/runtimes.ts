/** Runtimes that serve a function's module directly: one process each, no bus, the same text as on the platform. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder } from '@sovfn/testkit';
import type { Bench } from '../bench.ts';
import { HELLO } from '../functions/sources.ts';
import { type ServerProcess, startProgram, startServer } from '../processes/server-process.ts';
import { type Contender, makeHttpContender } from './contender.ts';
import { findPackagedBinary } from './packaged-binary.ts';
import { serveWithWorkerd } from './workerd.ts';

export const RUNTIMES = ['workerd', 'deno', 'bun', 'node'] as const;
export type Runtime = (typeof RUNTIMES)[number];

type Serve = (code: string, folder: string) => Promise<ServerProcess>;

const SERVE: Readonly<Record<Runtime, Serve>> = {
  workerd: serveWithWorkerd,
  deno: serveWithDeno,
  bun: serveWithBun,
  node: async (code, folder) => startProgram('node-function', [await writeModule(code, folder)]),
};

/** The module's default export answers at the root of the port. Throws when the runtime cannot be had on this machine. */
export async function serveModule(runtime: Runtime, code: string, undo: AsyncDisposableStack): Promise<ServerProcess> {
  const folder = undo.use(await makeTemporaryFolder(runtime));
  return undo.use(await SERVE[runtime](code, folder.path));
}

export async function startRuntime(name: 'workerd' | 'deno' | 'bun', bench: Bench): Promise<Contender> {
  await using undo = new AsyncDisposableStack();
  const { port } = await serveModule(name, HELLO, undo);
  return makeHttpContender(name, `http://127.0.0.1:${port}/`, undo.move(), bench);
}

const DENO_PROGRAM = `import handler from './function.mjs';
const onListen = ({ port }) => console.log(JSON.stringify({ port }));
Deno.serve({ hostname: '127.0.0.1', port: 0, onListen }, (request) => handler.fetch(request));
`;

async function serveWithDeno(code: string, folder: string): Promise<ServerProcess> {
  const { binary } = findPackagedBinary('deno');
  await writeModule(code, folder);
  const program = join(folder, 'serve.mjs');
  await writeFile(program, DENO_PROGRAM);
  const cache = join(folder, 'cache');
  await mkdir(cache);
  const args = ['run', '--allow-net', '--no-config', '--no-lock', '--no-remote', '--no-npm', program];
  return startServer({ binary, args, env: { DENO_DIR: cache, DENO_NO_UPDATE_CHECK: '1' }, reportsOn: 1 });
}

const BUN_PROGRAM = `import handler from './function.mjs';
const { port } = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: (request) => handler.fetch(request) });
console.log(JSON.stringify({ port }));
`;

async function serveWithBun(code: string, folder: string): Promise<ServerProcess> {
  const { binary } = findPackagedBinary('bun');
  await writeModule(code, folder);
  const program = join(folder, 'serve.mjs');
  await writeFile(program, BUN_PROGRAM);
  return startServer({ binary, args: ['--no-install', program], env: { DO_NOT_TRACK: '1' }, reportsOn: 1 });
}

async function writeModule(code: string, folder: string): Promise<string> {
  const file = join(folder, 'function.mjs');
  await writeFile(file, code);
  return file;
}
