/** A real nats-server on the loopback address, on a port of its own choice, with JetStream in a temporary folder. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { provideServer } from 'sovfn/servers';
import { ServerProcess } from './server-process.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const HOST = '127.0.0.1';
/** Makes nats-server choose a free port itself. */
const ANY_PORT = -1;

export interface NatsOptions {
  /** Text added to the server's configuration, for example accounts or an operator. It must not hold a `jetstream` block. */
  readonly config?: string;
  /** Folder of JetStream's files; default: a temporary one, which outlives `restart()` but not the server. */
  readonly storeDir?: string;
}

export interface NatsServer extends AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number };
  /** Of the monitoring endpoints (`/varz`, `/subsz`, …). */
  readonly monitorUrl: string;
  readonly pid: number;
  /** The server's last output. */
  readonly output: string;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts again on the same ports and files; kills it first when it runs. */
  restart(): Promise<void>;
}

export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const { path: binary } = await provideServer('nats-server');
  const folder = await makeTemporaryFolder('nats');
  const storeDir = options.storeDir ?? join(folder.path, 'store');
  const launch = async (ports: Ports): Promise<ServerProcess> => {
    const file = join(folder.path, 'nats.conf');
    await writeFile(file, serverConfig(folder.path, storeDir, ports, options.config ?? ''));
    const isReady = async (pid: number): Promise<boolean> => (await readPorts(folder.path, pid)) !== null;
    return ServerProcess.start({ binary, args: ['-c', file], env: {}, isReady });
  };
  let server: ServerProcess;
  try {
    server = await launch({ client: ANY_PORT, monitor: ANY_PORT });
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
  const ports = (await readPorts(folder.path, server.pid))!;
  return {
    address: { host: HOST, port: ports.client },
    monitorUrl: `http://${HOST}:${ports.monitor}`,
    get pid() {
      return server.pid;
    },
    get output() {
      return server.output;
    },
    kill: async () => server.kill(),
    restart: async () => {
      await server.kill();
      server = await launch(ports);
    },
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

interface Ports {
  readonly client: number;
  readonly monitor: number;
}

function serverConfig(folder: string, storeDir: string, ports: Ports, extra: string): string {
  return [
    `listen: "${HOST}:${ports.client}"`,
    `http: "${HOST}:${ports.monitor}"`,
    `ports_file_dir: "${folder}"`,
    `jetstream { store_dir: "${storeDir}" }`,
    extra,
  ].join('\n');
}

/** Null until the server has written its ports file, which it does once it accepts connections. */
async function readPorts(folder: string, pid: number): Promise<Ports | null> {
  const name = (await readdir(folder)).find((entry) => entry.endsWith(`_${pid}.ports`));
  if (name === undefined) return null;
  const text = await readFile(join(folder, name), 'utf8');
  if (!text.trimEnd().endsWith('}')) return null;
  const urls = JSON.parse(text) as { nats: [string]; monitoring: [string] };
  return { client: Number(new URL(urls.nats[0]).port), monitor: Number(new URL(urls.monitoring[0]).port) };
}
