/** A real nats-server on the loopback address, on a port of its own choice, with JetStream in a temporary folder. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zonesOf, zoneServerTag } from '@sovfn/protocol';
import { provideServer } from 'sovfn/servers';
import { PARIS } from './identity.ts';
import { RestartableServer } from './restartable-server.ts';
import { ServerProcess } from './server-process.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const HOST = '127.0.0.1';
/** Makes nats-server choose a free port itself. */
const ANY_PORT = -1;

export interface NatsOptions {
  /**
   * Text added to the server's configuration, for example accounts or an operator; `server_tags` in it replace those of the zones
   * of Paris. It must not hold a `jetstream` block.
   */
  readonly config?: string;
  /** Lines of the `jetstream` block besides the store's folder. Default: every write is synced, as in a platform. */
  readonly jetstream?: string;
  /** Folder of JetStream's files; default: a temporary one, which outlives `restart()` but not the server. */
  readonly storeDir?: string;
}

export interface NatsServer extends RestartableServer {
  readonly address: { readonly host: string; readonly port: number };
  /** Of the monitoring endpoints (`/varz`, `/subsz`, …). */
  readonly monitorUrl: string;
}

export async function startNats(options: NatsOptions = {}): Promise<NatsServer> {
  const { path: binary } = await provideServer('nats-server');
  const folder = await makeTemporaryFolder('nats');
  const file = join(folder.path, 'nats.conf');
  let ports: Ports = { client: ANY_PORT, monitor: ANY_PORT };
  const server = await RestartableServer.start(folder, async () => {
    await writeFile(file, serverConfig(folder.path, ports, options));
    const isReady = async (pid: number): Promise<boolean> => (await readPorts(folder.path, pid)) !== null;
    return ServerProcess.start({ binary, args: ['-c', file], env: {}, isReady });
  });
  // From the second launch on, the ports are those that the server chose at the first.
  ports = (await readPorts(folder.path, server.pid))!;
  return Object.assign(server, {
    address: { host: HOST, port: ports.client },
    monitorUrl: `http://${HOST}:${ports.monitor}`,
  });
}

interface Ports {
  readonly client: number;
  readonly monitor: number;
}

const SYNC_EACH_WRITE = 'sync_interval: always';

function serverConfig(folder: string, ports: Ports, options: NatsOptions): string {
  const { config = '', jetstream = SYNC_EACH_WRITE, storeDir = join(folder, 'store') } = options;
  return [
    `server_tags: ${JSON.stringify(zonesOf(PARIS).map(zoneServerTag))}`,
    `listen: "${HOST}:${ports.client}"`,
    `http: "${HOST}:${ports.monitor}"`,
    `ports_file_dir: "${folder}"`,
    `jetstream {\n  store_dir: "${storeDir}"\n  ${jetstream}\n}`,
    config,
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
