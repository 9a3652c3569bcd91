/**
 * Brings up a whole platform on this machine: nats-server, MinIO, gateways and a node, as child processes on the loopback
 * address, with one data folder.
 *
 * Guarantees: one platform per data folder; when a start fails, everything it started is stopped; a part that dies is started
 * again; no part inherits anything of this process's environment.
 * Does not guarantee: that nats-server and MinIO end when this process is killed with SIGKILL. They cannot watch it; the next
 * start with the same folder ends them. Gateways and node end by themselves.
 */
import { randomBytes } from 'node:crypto';
import { SovfnError } from '@sovfn/protocol';
import { identifySelf } from '../processes/identity.ts';
import { tryLock } from '../processes/lock.ts';
import type { ServerProgress } from '../servers/progress.ts';
import { provideServer } from '../servers/provide.ts';
import { type Environment, forgetCurrentPlatform, recordCurrentPlatform } from './current.ts';
import { type DataFolder, prepareDataFolder } from './data-folder.ts';
import { type DeclaredPlace, enrolMachine, placeOfMachine } from './enrol.ts';
import { writeFileWhole } from './files.ts';
import { namedZonesOf } from './fleet/named-zones.ts';
import { type FleetSettings, type HostPort, noteFleetSettings, zonesOfPlatform } from './fleet/settings.ts';
import { chooseGatewayPorts, controlUrl, countGateways, type FurtherGatewayPort } from './gateways.ts';
import { prepareKeys, readSecret } from './keys.ts';
import { natsConfig } from './nats-config.ts';
import { endOrphans } from './orphans.ts';
import {
  busCommand,
  configFiles,
  furtherGatewayCommand,
  gatewayCommand,
  nodeCommand,
  serviceConfigFile,
  storeCommand,
} from './part-commands.ts';
import { PartSet } from './part-set.ts';
import type { PartEvent } from './part.ts';
import { choosePorts, type PortMove, type Ports } from './ports.ts';
import { prepareStore } from './prepare-store.ts';
import { type PlatformRecord, platformUrls, readRecord } from './record.ts';
import { RunningPlatform } from './running-platform.ts';
import { furtherGatewayConfig, gatewayConfig, type ServiceConfigOptions, supervisorConfig } from './service-config.ts';
import { SOVFN_VERSION } from './version.ts';

/** What `upPlatform` reports, also after the start: a part that dies and is started again. */
export type UpProgress =
  | ServerProgress
  | PartEvent
  | { readonly type: 'orphan-ended'; readonly part: string; readonly pid: number }
  | ({ readonly type: 'port-moved' } & PortMove)
  | { readonly type: 'listening-for-nodes'; readonly host: string; readonly port: number }
  | { readonly type: 'link-failed'; readonly reason: string };

export interface UpOptions {
  /** Data folder; made when it does not exist. */
  readonly data: string;
  readonly onProgress: (event: UpProgress) => void;
  /** Ports that must be these, 0 being any free one; the others are those of the last start, the defaults, or free ones. */
  readonly ports?: Partial<Ports>;
  /** Makes streams of events again that are gone, and gives up what they held. Default: such a start fails. */
  readonly acceptsEventLoss?: boolean;
  /**
   * Functions and callbacks may go to private addresses, such as this machine's, where egress lists them; never to the
   * platform's own services. Default: false.
   */
  readonly allowPrivate?: boolean;
  /** Port of this machine where a debugger finds the functions, which are neither isolated nor limited then. */
  readonly inspectPort?: number;
  /** Address of a receiver of OTLP over HTTP, which gets metrics and a span of each call. Default: nothing is sent anywhere. */
  readonly otlp?: string;
  /** File that says whose tokens of OpenID Connect are trusted for logins. Default: nobody can log in. */
  readonly oidcFile?: string;
  /** What is declared of this machine from now on; what is missing stays as it was declared before. */
  readonly place?: DeclaredPlace;
  /** Where nodes of other hosts are listened for, zones, and the number of gateways; from now on, as the place. */
  readonly fleet?: Partial<FleetSettings>;
  /** Stops the platform, or its start. */
  readonly signal?: AbortSignal;
  /** Whether commands without an address use this platform from now on. Default: true. */
  readonly isCurrent?: boolean;
  /** Where PATH, HOME, the XDG folders and the paths of the servers come from. Default: this process's. */
  readonly environment?: Environment;
}

/**
 * Resolves when every part is ready.
 * @throws SovfnError `platform-running`, `port-taken`, `server-unavailable`, `part-failed` or `config-invalid`; or the
 * signal's reason. Nothing is left running then.
 */
export async function upPlatform(options: UpOptions): Promise<RunningPlatform> {
  const { onProgress, environment = process.env, signal = new AbortController().signal } = options;
  await using undo = new AsyncDisposableStack();
  const folder = await prepareDataFolder(options.data);
  await lockFolder(folder, undo);
  for (const { name, process } of await endOrphans(folder)) {
    onProgress({ type: 'orphan-ended', part: name, pid: process.pid });
  }
  const provideOptions = { environment, onProgress, signal };
  const { path: natsServer } = await provideServer('nats-server', provideOptions);
  const { path: minio } = await provideServer('minio', provideOptions);
  const { ports, moves, claims } = await choosePorts(folder, options.ports ?? {});
  undo.use(claims);
  for (const move of moves) onProgress({ type: 'port-moved', ...move });
  const place = await placeOfMachine(folder, options.place ?? {});
  const fleet = await noteFleetSettings(folder, options.fleet ?? {});
  const gateways = countGateways(fleet.gateways);
  const furtherGateways = await chooseGatewayPorts(folder, gateways, claims);
  const namedZones = await namedZonesOf(folder, place);
  const zones = zonesOfPlatform(place, fleet, namedZones);
  const keys = await prepareKeys(folder, { zones, country: place.country, gateways });
  await enrolMachine(folder, keys.files.platformSigning, { place, namedZones, gateways });
  const serverName = `sovfn-${randomBytes(4).toString('hex')}`;
  const allowPrivate = options.allowPrivate === true;
  const { otlp = null, oidcFile = null, inspectPort = null } = options;
  const services = {
    ...{ folder, ports, furtherGateways, keys, zones, place, namedZones },
    ...{ allowPrivate, inspectPort, otlp, oidcFile },
  };
  await writeConfigs(services, serverName);

  const parts = undo.use(new PartSet(folder, newRecord(ports, furtherGateways), onProgress));
  const gatewayFlags = options.acceptsEventLoss === true ? ['--accept-event-loss'] : [];
  const at = { folder, ports, gatewayFlags };
  await parts.start(signal, busCommand(natsServer, serverName, at), storeCommand(minio, keys.storeSecrets.root, at));
  await prepareStore(ports.store, keys.storeSecrets);
  await parts.start(signal, gatewayCommand(at));
  // After the first, which makes what is missing on the bus.
  const further = furtherGateways.map(({ part }) => furtherGatewayCommand(part, folder));
  await parts.start(signal, ...further, nodeCommand(at));
  parts.noteReady();
  if (fleet.listenNodes !== null) undo.use(await listenForNodes(folder, fleet.listenNodes, { ports, onProgress }));

  const { apiToken: tokenFile, operatorToken: operatorTokenFile } = keys.files;
  const urls = platformUrls(ports);
  if (options.isCurrent !== false) {
    await recordCurrentPlatform(
      {
        ...{ url: urls.control, publicUrl: urls.public, tokenFile, data: folder.path },
        operator: { url: urls.operator, tokenFile: operatorTokenFile },
      },
      environment,
    );
    undo.defer(async () => forgetCurrentPlatform(folder.path, environment));
  }
  const facts = {
    ...{ data: folder.path, urls, ports, tokenFile, operatorTokenFile },
    furtherGateways: furtherGateways.map(controlUrl),
    token: await readSecret(tokenFile),
    operatorToken: await readSecret(operatorTokenFile),
  };
  return new RunningPlatform(facts, parts, { signal, resources: undo.move() });
}

async function lockFolder(folder: DataFolder, undo: AsyncDisposableStack): Promise<void> {
  const { lock, owner } = await tryLock(folder.lock);
  if (lock !== null) {
    undo.use(lock);
    return;
  }
  const record = readRecord(folder);
  const urls = record?.urls ?? null;
  const where = urls === null || record?.readyAt === null ? 'it is starting' : `it answers at ${urls.public}`;
  throw new SovfnError(
    'platform-running',
    `process ${owner.pid} already runs the platform of ${folder.path}; ${where}`,
    {
      hint: 'Use it, end it with `sovfn down`, or name another data folder.',
      facts: { pid: owner.pid, data: folder.path, publicUrl: urls?.public ?? null, controlUrl: urls?.control ?? null },
    },
  );
}

async function writeConfigs(options: ServiceConfigOptions, serverName: string): Promise<void> {
  const { folder, ports, keys, place, namedZones } = options;
  const files = configFiles(folder);
  await writeFileWhole(
    files.bus,
    natsConfig({ folder, ports, serverName, busConfig: keys.busConfig, place, namedZones }),
  );
  await writeFileWhole(files.gateway, JSON.stringify(gatewayConfig(options), null, 2));
  for (const gateway of options.furtherGateways) {
    const file = serviceConfigFile(folder, gateway.part);
    await writeFileWhole(file, JSON.stringify(furtherGatewayConfig(gateway, options), null, 2));
  }
  await writeFileWhole(files.node, JSON.stringify(supervisorConfig(options), null, 2));
}

/** Loaded only where it is wanted: most platforms are one machine. */
async function listenForNodes(
  folder: DataFolder,
  listen: HostPort,
  { ports, onProgress }: { readonly ports: Ports; readonly onProgress: UpOptions['onProgress'] },
): Promise<AsyncDisposable> {
  const { openLink } = await import('./fleet/open-link.ts');
  const onFailed = (error: unknown): void => onProgress({ type: 'link-failed', reason: String(error) });
  const link = await openLink(folder, listen, { ports, onFailed });
  onProgress({ type: 'listening-for-nodes', ...listen });
  return link;
}

function newRecord(ports: Ports, furtherGateways: readonly FurtherGatewayPort[]): PlatformRecord {
  return {
    v: 1,
    version: SOVFN_VERSION,
    startedAt: new Date().toISOString(),
    readyAt: null,
    up: identifySelf(),
    ports,
    urls: platformUrls(ports),
    parts: [],
    furtherGateways: furtherGateways.map((gateway) => ({ part: gateway.part, control: controlUrl(gateway) })),
  };
}
