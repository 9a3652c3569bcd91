/** The configuration files of gateway and supervisor, as gateway/src/config.ts and runtime/src/supervisor/config.ts read them. */
import { totalmem } from 'node:os';
import { DEFAULT_TENANT, type NamedZone, type NodeGrant, type Place, type StorePlace } from '@sovfn/protocol';
import type { DataFolder } from './data-folder.ts';
import type { FurtherGatewayPort } from './gateways.ts';
import { gatewayCredentialFile, type PlatformKeys } from './keys.ts';
import { identityDirectory } from './enrol.ts';
import {
  BUNDLES_BUCKET,
  DATA_BUCKET,
  EVENTS_BUCKET,
  GATEWAY_ID,
  gatewayId,
  LOGS_BUCKET,
  NODE_NAME,
  OUTPUTS_BUCKET,
  PROOFS_BUCKET,
} from './layout.ts';
import type { Ports } from './ports.ts';
import { LOOPBACK } from '../servers/free-port.ts';
import { STORE_USERS } from './store-users.ts';

/** Room on the bus for outputs that wait for the object store. MiB. */
const SPILL_MB = 1_024;
/** Smallest memory budget of the node, on however small a machine. MiB. */
const LEAST_NODE_MB = 512;
/** Part of the machine's memory that functions may use; the rest is for servers, page cache and whoever works there. */
const NODE_SHARE = 0.5;
const MIB = 1024 * 1024;

export interface ServiceConfigOptions {
  readonly folder: DataFolder;
  readonly ports: Ports;
  /** Gateways beside the first. */
  readonly furtherGateways: readonly FurtherGatewayPort[];
  readonly keys: PlatformKeys;
  /** That gateway and node serve. */
  readonly zones: readonly string[];
  /** Of the machine, on which the object store is too. */
  readonly place: Place;
  /** Those that the place satisfies. */
  readonly namedZones: readonly NamedZone[];
  /** Functions and callbacks may go to private addresses; never to the platform's own. */
  readonly allowPrivate: boolean;
  /** Where a debugger finds the functions, which are not isolated then; null: nowhere. */
  readonly inspectPort: number | null;
  /** Receiver of the gateway's metrics and spans; null: there is none. */
  readonly otlp: string | null;
  /** Says whose logins are trusted; null: nobody can log in. */
  readonly oidcFile: string | null;
}

export function gatewayConfig({
  folder,
  ports,
  furtherGateways,
  keys,
  zones,
  place,
  namedZones,
  allowPrivate,
  otlp,
  oidcFile,
}: ServiceConfigOptions) {
  return {
    v: 1,
    id: GATEWAY_ID,
    tenant: DEFAULT_TENANT,
    zones,
    identity: identityOf(folder, GATEWAY_ID),
    public: { host: LOOPBACK, port: ports.public, ...(furtherGateways.length > 0 && { shared: true }) },
    control: { host: LOOPBACK, port: ports.control, tokenSha256: [keys.apiTokenSha256] },
    operator: { host: LOOPBACK, port: ports.operator, tokenSha256: [keys.operatorTokenSha256] },
    bus: {
      host: LOOPBACK,
      port: ports.bus,
      credsFile: keys.files.gatewayCredential,
      monitors: [`http://${LOOPBACK}:${ports.monitor}`],
    },
    accountSeedFile: keys.files.accountSeed,
    keys: { provider: 'file', folder: keys.files.tenants },
    store: {
      endpoint: { host: LOOPBACK, port: ports.store, tls: false },
      place: storePlaceOf(place, namedZones),
      accessKey: STORE_USERS.gateway,
      secretKeyFile: keys.files.storeGateway,
      bundles: BUNDLES_BUCKET,
      outputs: OUTPUTS_BUCKET,
      events: EVENTS_BUCKET,
      logs: LOGS_BUCKET,
      proofs: PROOFS_BUCKET,
      data: DATA_BUCKET,
    },
    dataDir: folder.gateway,
    spillMb: SPILL_MB,
    allowPrivateCallbacks: allowPrivate,
    ownServices: controlPorts(furtherGateways),
    ...(otlp !== null && { otlp: { endpoint: otlp } }),
    ...(oidcFile !== null && { oidcFile }),
  };
}

/** The same with an identity, a credential and a control API of its own, and no listener for the operator. */
export function furtherGatewayConfig(of: FurtherGatewayPort, options: ServiceConfigOptions): object {
  const { folder, ports, keys, furtherGateways } = options;
  const id = gatewayId(of.ordinal);
  const { operator: _, bus, ...shared } = gatewayConfig(options);
  const others = furtherGateways.filter(({ ordinal }) => ordinal !== of.ordinal);
  return {
    ...shared,
    id,
    identity: identityOf(folder, id),
    control: { host: LOOPBACK, port: of.control, tokenSha256: [keys.apiTokenSha256] },
    bus: { ...bus, credsFile: gatewayCredentialFile(folder, id) },
    ownServices: [
      ...[ports.control, ports.operator].map((port) => ({ host: LOOPBACK, port })),
      ...controlPorts(others),
    ],
  };
}

function controlPorts(gateways: readonly FurtherGatewayPort[]): { readonly host: string; readonly port: number }[] {
  return gateways.map(({ control: port }) => ({ host: LOOPBACK, port }));
}

export function supervisorConfig(options: ServiceConfigOptions): object {
  const { folder, ports, furtherGateways, keys, zones, place, namedZones, allowPrivate, inspectPort } = options;
  return {
    v: 1,
    node: NODE_NAME,
    zones,
    identity: identityOf(folder, NODE_NAME),
    bus: { host: LOOPBACK, port: ports.bus, credsFile: keys.files.nodeCredential },
    store: {
      endpoint: { host: LOOPBACK, port: ports.store, tls: false },
      place: storePlaceOf(place, namedZones),
      accessKey: STORE_USERS.node,
      secretKeyFile: keys.files.storeNode,
      bundles: BUNDLES_BUCKET,
      data: DATA_BUCKET,
    },
    allowPrivateEgress: allowPrivate,
    ownServices: [
      ...[ports.public, ports.control, ports.operator, ports.monitor].map((port) => ({ host: LOOPBACK, port })),
      ...controlPorts(furtherGateways),
    ],
    cacheDir: folder.node,
    memoryMb: nodeMemoryMb(),
    prewarmedCells: 1,
    ...(inspectPort !== null && { inspectPort }),
  };
}

export interface RemoteSupervisorOptions {
  readonly folder: DataFolder;
  readonly grant: NodeGrant;
  readonly files: { readonly busCredential: string; readonly storeSecret: string };
  /** Of the loopback address, behind which are the platform's servers. */
  readonly ports: { readonly bus: number; readonly store: number };
  readonly allowPrivate: boolean;
  /** Where the platform itself is: no function may go there. */
  readonly platform: { readonly host: string; readonly port: number };
}

/** Of a node on another host than its platform. */
export function remoteSupervisorConfig(options: RemoteSupervisorOptions): object {
  const { folder, grant, files, ports, allowPrivate, platform } = options;
  const { node, zones, store } = grant;
  return {
    v: 1,
    node,
    zones,
    identity: identityOf(folder, node),
    bus: { host: LOOPBACK, port: ports.bus, credsFile: files.busCredential },
    store: {
      endpoint: { host: LOOPBACK, port: ports.store, tls: false },
      place: store.place,
      accessKey: store.accessKey,
      secretKeyFile: files.storeSecret,
      bundles: store.bundles,
      data: store.data,
    },
    allowPrivateEgress: allowPrivate,
    ownServices: [platform],
    cacheDir: folder.node,
    memoryMb: nodeMemoryMb(),
    prewarmedCells: 1,
  };
}

/** The object store of a platform is on its machine. `named`: the zones that this is in. */
export function storePlaceOf({ country, region }: Place, named: readonly NamedZone[]): StorePlace {
  return { country, region, ...(named.length > 0 && { namedZones: named.map(({ name }) => name) }) };
}

function identityOf(folder: DataFolder, name: string): object {
  return { directory: identityDirectory(folder, name), platformKeyFile: folder.platformKey };
}

/** Of the machine, or of the control group this process is in when that is smaller. */
function nodeMemoryMb(): number {
  const limit = process.constrainedMemory();
  const bytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return Math.max(LEAST_NODE_MB, Math.floor((bytes * NODE_SHARE) / MIB));
}
