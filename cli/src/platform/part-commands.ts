/** How each part of the platform is started, and when it is ready. */
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { codeCacheFolder } from '../servers/cache.ts';
import type { DataFolder } from './data-folder.ts';
import type { PartName } from './layout.ts';
import { STORE_USERS } from './store-users.ts';
import type { PartCommand } from './part-process.ts';
import type { Ports } from './ports.ts';
import { LOOPBACK } from '../servers/free-port.ts';

/** Calls in flight get 10 s to finish; then the service closes its connections. Milliseconds. */
const SERVICE_GRACE_MS = 15_000;
const SERVER_GRACE_MS = 10_000;
const PROBE_MS = 2_000;
const HEALTHY = 200;
/** What S3 answers to a request without keys once it works; `/minio/health/ready` says yes some 70 ms earlier. */
const ANONYMOUS_REFUSED = 403;

/**
 * Room for short-lived objects, in MiB: a request lives for a moment, and must not be copied by the collector meanwhile. The last is
 * for `collectWhenIdle`.
 */
const SERVICE_FLAGS = ['--no-node-snapshot', '--max-semi-space-size=32', '--expose-gc'] as const;

/** All that the parts see of an environment: nothing of the user's, so no secret of another program reaches them. */
const ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
  NODE_ENV: 'production',
} as const;

export interface CommandOptions {
  readonly folder: DataFolder;
  readonly ports: Ports;
  /** Further ones of the gateway. */
  readonly gatewayFlags?: readonly string[];
}

/** Of a gateway or the node. */
export const serviceConfigFile = (folder: DataFolder, part: PartName): string => join(folder.run, `${part}.json`);

export const configFiles = (folder: DataFolder) => ({
  bus: join(folder.run, 'nats.conf'),
  gateway: serviceConfigFile(folder, 'gateway'),
  node: serviceConfigFile(folder, 'node'),
});

export function busCommand(binary: string, serverName: string, { folder, ports }: CommandOptions): PartCommand {
  return {
    ...partBasics('bus', folder),
    binary,
    args: ['-c', configFiles(folder).bus],
    mark: configFiles(folder).bus,
    readiness: async () => isBusReady(ports.monitor, serverName),
    graceMs: SERVER_GRACE_MS,
  };
}

export function storeCommand(binary: string, rootSecret: string, { folder, ports }: CommandOptions): PartCommand {
  return {
    ...partBasics('store', folder),
    binary,
    args: ['server', '--quiet', '--address', `${LOOPBACK}:${ports.store}`, folder.objects],
    mark: folder.objects,
    environment: {
      ...ENVIRONMENT,
      HOME: folder.run,
      MINIO_ROOT_USER: STORE_USERS.root,
      MINIO_ROOT_PASSWORD: rootSecret,
      MINIO_BROWSER: 'off',
      MINIO_UPDATE: 'off',
    },
    readiness: async () => (await ask(`http://${LOOPBACK}:${ports.store}/`))?.status === ANONYMOUS_REFUSED,
    graceMs: SERVER_GRACE_MS,
  };
}

export function gatewayCommand({ folder, gatewayFlags = [] }: CommandOptions): PartCommand {
  const command = furtherGatewayCommand('gateway', folder);
  return { ...command, args: [...command.args, ...gatewayFlags] };
}

export function furtherGatewayCommand(part: PartName, folder: DataFolder): PartCommand {
  return serviceCommand(part, import.meta.resolve('@sovfn/gateway/main'), folder);
}

export function nodeCommand({ folder }: Pick<CommandOptions, 'folder'>): PartCommand {
  return serviceCommand('node', import.meta.resolve('@sovfn/runtime/main'), folder);
}

function serviceCommand(name: PartName, main: string, folder: DataFolder): PartCommand {
  const config = serviceConfigFile(folder, name);
  return {
    ...partBasics(name, folder),
    binary: process.execPath,
    // Halves the time that a service takes to start, also in a data folder that is new.
    environment: { ...ENVIRONMENT, HOME: folder.run, NODE_COMPILE_CACHE: codeCacheFolder(process.env) },
    args: [...SERVICE_FLAGS, fileURLToPath(main), '--config', config, '--exit-with-parent'],
    mark: config,
    readiness: 'line',
    graceMs: SERVICE_GRACE_MS,
  };
}

function partBasics(name: PartCommand['name'], folder: DataFolder) {
  return {
    name,
    folder: folder.run,
    environment: { ...ENVIRONMENT, HOME: folder.run },
    logFile: join(folder.logs, `${name}.log`),
  };
}

/** The server with this name, and its JetStream, which `/healthz` waits for. */
async function isBusReady(port: number, serverName: string): Promise<boolean> {
  if ((await ask(`http://${LOOPBACK}:${port}/healthz`))?.status !== HEALTHY) return false;
  const facts = await ask(`http://${LOOPBACK}:${port}/varz`);
  return facts?.text.includes(`"server_name": "${serverName}"`) ?? false;
}

/** Null while nothing answers; the part's own failure or the time limit ends the asking. */
async function ask(url: string): Promise<{ readonly status: number; readonly text: string } | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) });
    return { status: response.status, text: await response.text() };
  } catch {
    return null;
  }
}
