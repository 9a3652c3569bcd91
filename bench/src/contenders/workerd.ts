import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { type ServerProcess, startServer } from '../processes/server-process.ts';

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

/** One module as a worker; `folder` gets its files. Throws when npm has no workerd for this machine. */
export async function serveWithWorkerd(code: string, folder: string): Promise<ServerProcess> {
  const { binary, compatibilityDate } = findWorkerd();
  const config = join(folder, 'config.capnp');
  await writeFile(join(folder, 'worker.js'), code);
  await writeFile(config, configText(compatibilityDate));
  const args = ['serve', config, `--control-fd=${CONTROL_FD}`];
  return startServer({ binary, args, reportsOn: CONTROL_FD });
}

/** By default a worker reaches public addresses only; what is fetched here is on this machine. */
function configText(compatibilityDate: string): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "${compatibilityDate}"
);
`;
}
