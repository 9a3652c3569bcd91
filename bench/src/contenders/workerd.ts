import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makeTemporaryFolder } from '@sovfn/testkit';
import { z } from 'zod';
import type { Bench } from '../bench.ts';
import { HELLO } from '../functions/sources.ts';
import { type ServerProcess, startServer } from '../processes/server-process.ts';
import { type Contender, makeHttpContender } from './contender.ts';

const CONTROL_FD = 3;

/** The package has no types. Its main file finds the binary in the package of this platform. */
const packageSchema = z.object({ default: z.string(), version: z.string(), compatibilityDate: z.string() });

/** Throws when npm has no workerd for this machine. */
export function findWorkerd(): { binary: string; version: string; compatibilityDate: string } {
  const found = packageSchema.parse(createRequire(import.meta.url)('workerd'));
  return { binary: found.default, version: found.version, compatibilityDate: found.compatibilityDate };
}

/** Null: npm has none for this machine. */
export function workerdVersion(): string | null {
  try {
    return findWorkerd().version;
  } catch {
    return null;
  }
}

/** Stock workerd with the same function, as one process. */
export async function startWorkerd(bench: Bench): Promise<Contender> {
  await using undo = new AsyncDisposableStack();
  const folder = undo.use(await makeTemporaryFolder('workerd'));
  const server = undo.use(await serveWithWorkerd(HELLO, folder.path));
  return makeHttpContender('workerd', `http://127.0.0.1:${server.port}/`, undo.move(), bench);
}

/** One module as a worker; `folder` gets its files. Throws when npm has no workerd for this machine. */
export async function serveWithWorkerd(code: string, folder: string): Promise<ServerProcess> {
  const { binary, compatibilityDate } = findWorkerd();
  const config = join(folder, 'config.capnp');
  await writeFile(join(folder, 'worker.js'), code);
  await writeFile(config, configText(compatibilityDate));
  const args = ['serve', config, `--control-fd=${CONTROL_FD}`];
  return startServer({ binary, args, reportsOn: CONTROL_FD });
}

function configText(compatibilityDate: string): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "${compatibilityDate}"
);
`;
}
