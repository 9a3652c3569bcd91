/**
 * A node with real peers: nats-server, MinIO, a supervisor with its cells, and of a gateway what a supervisor sees: the
 * registry, the credentials of cells, calls.
 */
import { DataKey, isSealed, openPiece } from '@sovfn/bus/encryption';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import {
  type BusOperator,
  connectBus,
  createBuckets,
  createEgressStreams,
  createBusOperator,
  createUserCredential,
  encodeCredential,
  FunctionRegistry,
  issueUserJwt,
  operatorConfig,
  sealFor,
} from '@sovfn/bus';
import { type BusCredential, WireClient } from '@sovfn/bus/wire';
import {
  allCredentialsSubject,
  bundleObject,
  type CellDown,
  cellDownSchema,
  cellPermissions,
  credentialRequestSchema,
  firstRecord,
  functionConfigSchema,
  type NamedZone,
  gatewayPermissions,
  inboxPrefix,
  flattenLogBatch,
  dataKeyRequestSchema,
  dataKeysContext,
  logBatchSchema,
  logPlace,
  SERVICE_QUEUE,
  secretsContext,
  secretsRequestSchema,
  zoneDataKeysSubject,
  type LogEvent,
  logSubject,
  type Manifest,
  manifestObject,
  type Permissions,
  sourceMapObject,
  supervisorPermissions,
  versionContent,
  type VersionAddress,
  zoneCellDownSubject,
  zoneNodeUpSubject,
  zoneSecretsSubject,
  zoneLogsSubject,
} from '@sovfn/protocol';
import { type ObjectStore, openStore } from '@sovfn/store';
import {
  makePlatformIdentity,
  makeTemporaryFolder,
  type MinioServer,
  type NatsServer,
  startMinio,
  startNats,
  type TestPlatformIdentity,
} from '@sovfn/testkit';
import { startSupervisor, type Supervisor, type SupervisorConfig, type SupervisorOptions } from '../../src/index.ts';
import { GatewayPeer } from './gateway-peer.ts';
import { LogProbe } from './log-probe.ts';

export const ZONE = 'fr';
export const OTHER_ZONE = 'eu';
export const TENANT = 'main';
export const BUNDLES = 'bundles';
const ZONES = [ZONE, OTHER_ZONE];
const NODE = 'node-1';
const GATEWAY = 'gw';

export interface NodeOptions extends Omit<SupervisorOptions, 'log'> {
  readonly memoryMb?: number;
  readonly prewarmedCells?: number;
}

export interface DeployOptions {
  /** Of `sovfn.jsonc`, besides name and main. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly tenant?: string;
}

/** The address of the version in the zone it may run in, and what `record` takes to make it known. */
export interface Deployed extends VersionAddress {
  readonly manifest: Manifest;
}

const TEN_MINUTES_MS = 600_000;

/** A gateway that also hears what cells log; gateways read that from the log stream. */
function gatewayAndReader(zones: readonly string[]): Permissions {
  const { publish, subscribe } = gatewayPermissions(GATEWAY, zones);
  return { publish, subscribe: [...subscribe, ...zones.map((zone) => zoneLogsSubject(zone))] };
}

export class Platform implements AsyncDisposable {
  /** Life of the credentials that cells get from now on, milliseconds. */
  credentialMs = TEN_MINUTES_MS;
  /** By function, whatever its tenant, and name. */
  readonly secrets = new Map<string, Readonly<Record<string, string>>>();
  /** Of the supervisor that was started last. */
  probe = new LogProbe();
  downs: CellDown[] = [];
  readonly nats: NatsServer;
  readonly store: ObjectStore;
  readonly registry: FunctionRegistry;
  /** As `main.ts` reads it from its file. */
  readonly config: SupervisorConfig;
  readonly gateway: GatewayPeer;
  /** Whose labels the node carries. */
  readonly identity: TestPlatformIdentity;
  /** The gateway's, as the controller. */
  readonly connection: NatsConnection;
  readonly #parts: PlatformParts;
  #secretVersion = 1;

  /** The servers and the gateway; a test starts the supervisor it needs. Its labels satisfy the named zones that are given. */
  static async start({ namedZones = [] }: { readonly namedZones?: readonly NamedZone[] } = {}): Promise<Platform> {
    const zones = [...ZONES, ...namedZones.map(({ name }) => name)];
    await using resources = new AsyncDisposableStack();
    const operator = await createBusOperator('test');
    const nats = resources.use(await startNats({ config: operatorConfig(operator) }));
    const minio = resources.use(await startMinio());
    const credential = (name: string, permissions: Permissions): Promise<BusCredential> =>
      createUserCredential({ accountSeed: operator.accountSeed, name, permissions, expiresAt: null });
    const user = await credential('gateway', gatewayAndReader(zones));
    const gateway = { address: nats.address, credential: user, name: 'gateway' };
    const prefix = `${inboxPrefix('gateway')}.${GATEWAY}`;
    const connection = resources.adopt(await connectBus({ ...gateway, inboxPrefix: prefix }), (open) => open.close());
    await createBuckets(connection, { home: 'fr' });
    await createEgressStreams(connection, zones, 1);
    const registry = resources.adopt(await FunctionRegistry.open(connection, failOnInvalid), (open) => open.close());
    const wire = resources.adopt(await WireClient.connect(gateway), (open) => open.close());
    const store = resources.adopt(openStore({ ...minio.endpoint, tls: false }), (open) => open.close());
    await store.ensureBucket(BUNDLES);
    const nodeCredential = encodeCredential(await credential(NODE, supervisorPermissions(NODE, zones, 'FR')));
    const keys = resources.use(await makeTemporaryFolder('identity'));
    const identity = await makePlatformIdentity(keys.path);
    const config = await writeConfig({ nats, minio, nodeCredential, identity, zones, namedZones, resources });
    const platform = new Platform({
      ...{ nats, store, registry, config, wire, connection, identity, namedZones },
      resources: resources.move(),
    });
    serveCredentials(connection, operator, () => platform.credentialMs);
    serveKeys(connection, zones);
    serveSecrets(connection, platform);
    return platform;
  }

  private constructor(parts: PlatformParts) {
    this.#parts = parts;
    this.nats = parts.nats;
    this.store = parts.store;
    this.registry = parts.registry;
    this.config = parts.config;
    this.connection = parts.connection;
    this.identity = parts.identity;
    this.gateway = new GatewayPeer(parts.wire, GATEWAY);
    parts.wire.subscribe(zoneCellDownSubject(ZONE), null, (payload) => {
      this.downs.push(cellDownSchema.parse(JSON.parse(payload.toString())));
      // So that a test can wait for it as for everything else.
      this.probe.log({ level: 'info', event: 'gateway-heard-cell-down', cell: this.downs.at(-1)!.cell });
    });
    parts.wire.subscribe(zoneNodeUpSubject(ZONE), null, (_payload, subject) =>
      this.probe.log({ level: 'info', event: 'gateway-heard-node-up', subject }),
    );
  }

  get publicKey(): string {
    return this.identity.signer.publicKey;
  }

  /** Starts the node; it keeps its disk over restarts. */
  async startSupervisor(options: NodeOptions = {}): Promise<Supervisor> {
    const { memoryMb = 2_048, prewarmedCells = 1, ...rest } = options;
    this.probe = new LogProbe();
    this.downs = [];
    return startSupervisor({ ...this.config, memoryMb, prewarmedCells }, { ...rest, log: this.probe.log });
  }

  /** Stores a version and makes it the function's current one. `members` are those of the handler object. */
  async deploy(name: string, members: string, options: DeployOptions = {}): Promise<Deployed> {
    const deployed = await this.publish(name, members, options);
    await this.record(deployed);
    return deployed;
  }

  /** Stores a version only. */
  async publish(name: string, members: string, options: DeployOptions = {}): Promise<Deployed> {
    const tenant = options.tenant ?? TENANT;
    const bundle = Buffer.from(`const handler = {${members}};\nexport{handler as default};\n`);
    const { $schema: _, ...config } = functionConfigSchema.parse({ name, main: 'index.ts', ...options.config });
    const manifest: Manifest = { v: 1, config, bundleSha256: sha256(bundle), bundleBytes: bundle.length };
    const version = sha256(Buffer.from(versionContent(manifest)));
    await this.store.put(BUNDLES, bundleObject(tenant, name, version), bundle);
    await this.store.put(BUNDLES, sourceMapObject(tenant, name, version), Buffer.from('{}'));
    await this.store.put(BUNDLES, manifestObject(tenant, name, version), Buffer.from(JSON.stringify(manifest)));
    return { zone: config.residency, tenant, function: name, version, manifest };
  }

  /** Makes a stored version the current one of its function. `asks`: what the record says of a named zone; default: what it asks for. */
  async record(deployed: Deployed, asks = this.#definitionOf(deployed.zone)): Promise<void> {
    const { tenant, function: name, version, manifest } = deployed;
    const { record: before, revision } = await this.registry.entry(tenant, name);
    const deployedAt = new Date().toISOString();
    const record = firstRecord({ tenant, version, manifest, deployedAt, namedZone: asks });
    const versions = [...record.versions, ...(before?.versions ?? [])];
    const { secretVersions = {} } = before ?? {};
    await this.registry.write({ ...record, versions, secretVersions }, revision);
  }

  #definitionOf(zone: string): NamedZone | null {
    return this.#parts.namedZones.find(({ name }) => name === zone) ?? null;
  }

  /** Gives a function that is deployed these secrets, and no others, in a version further than all before. */
  async changeSecrets({ tenant, function: name }: Deployed, values: Readonly<Record<string, string>>): Promise<void> {
    const { record, revision } = await this.registry.entry(tenant, name);
    const known = Object.keys({ ...this.secrets.get(name), ...values });
    this.secrets.set(name, values);
    this.#secretVersion++;
    const secretVersions = Object.fromEntries(known.map((secret) => [secret, this.#secretVersion]));
    await this.registry.write({ ...record!, secretVersions }, revision);
  }

  /** Of all secrets that are granted now. */
  get secretVersion(): number {
    return this.#secretVersion;
  }

  /** Lines that a function logs from now on. */
  logs({ zone, tenant, function: name }: Deployed): LogEvent[] {
    const lines: LogEvent[] = [];
    const subject = logSubject({ zone, tenant, function: name });
    this.#parts.wire.subscribe(subject, null, (payload) => {
      const batch = logBatchSchema.parse(JSON.parse(openedLog(payload, subject).toString()));
      lines.push(...flattenLogBatch(zone, batch).filter(({ end }) => end === null));
    });
    return lines;
  }

  /** Restarts nats-server; resolves when the gateway is connected again, both for calls and as the controller. */
  async restartNats(): Promise<void> {
    const { wire } = this.#parts;
    const { connection } = this;
    const wireBack = Promise.withResolvers<void>();
    const stop = wire.onState((isConnected) => isConnected && wireBack.resolve());
    const controllerBack = reconnected(connection);
    await this.nats.restart();
    await Promise.all([wireBack.promise, controllerBack]);
    await Promise.all([wire.flush(), connection.flush()]);
    stop();
  }

  /** Process id of the tenant's cell that was assigned last. */
  async pidOfCell(tenant: string = TENANT): Promise<number> {
    await this.probe.seen('cell-assigned', { tenant });
    return this.probe.of('cell-assigned').findLast((entry) => entry.tenant === tenant)!.pid as number;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.resources.disposeAsync();
  }
}

interface PlatformParts extends Pick<Platform, 'nats' | 'store' | 'registry' | 'config' | 'connection'> {
  readonly wire: WireClient;
  readonly identity: TestPlatformIdentity;
  readonly namedZones: readonly NamedZone[];
  readonly resources: AsyncDisposableStack;
}

interface ConfigParts {
  readonly nats: NatsServer;
  readonly minio: MinioServer;
  /** `.creds` text. */
  readonly nodeCredential: string;
  readonly identity: TestPlatformIdentity;
  readonly zones: string[];
  readonly namedZones: readonly NamedZone[];
  readonly resources: AsyncDisposableStack;
}

async function writeConfig({
  nats,
  minio,
  nodeCredential,
  identity,
  zones,
  namedZones,
  resources,
}: ConfigParts): Promise<SupervisorConfig> {
  const folder = resources.use(await makeTemporaryFolder('supervisor'));
  const credsFile = join(folder.path, 'node.creds');
  const secretKeyFile = join(folder.path, 'store.key');
  await writeFile(credsFile, nodeCredential);
  await writeFile(secretKeyFile, minio.endpoint.secretKey);
  const { host, port, accessKey } = minio.endpoint;
  return {
    v: 1,
    node: NODE,
    zones,
    identity: await identity.enrol('node', NODE, { namedZones }),
    bus: { servers: [], ...nats.address, credsFile },
    store: {
      endpoint: { host, port, tls: false },
      place: { country: 'FR', region: null },
      accessKey,
      secretKeyFile,
      bundles: BUNDLES,
    },
    cacheDir: join(folder.path, 'cache'),
    memoryMb: 2_048,
    prewarmedCells: 1,
  };
}

/** The controller's part: a JWT for each cell that a supervisor asks for. */
function serveCredentials(connection: NatsConnection, operator: BusOperator, lifeMs: () => number): void {
  connection.subscribe(allCredentialsSubject(), {
    callback: (_error, message) => {
      const { publicKey, zone, tenant, cell } = credentialRequestSchema.parse(message.json());
      const expiresAt = new Date(Date.now() + lifeMs());
      const grant = { name: cell, permissions: cellPermissions(zone, tenant, cell), publicKey, expiresAt };
      void issueUserJwt({ accountSeed: operator.accountSeed, ...grant }).then((jwt) =>
        message.respond(JSON.stringify({ v: 1, jwt, expiresAt: expiresAt.toISOString() })),
      );
    },
  });
}

/** One data key for everything. */
const DATA_KEY = Buffer.alloc(32, 9);

function serveKeys(connection: NatsConnection, zones: readonly string[]): void {
  const callback = (_error: unknown, message: Msg): void => {
    const request = dataKeyRequestSchema.parse(message.json());
    const [, zone, node] = message.subject.split('.');
    const granted = { generation: 1, key: DATA_KEY.toString('base64'), forMs: 60_000 };
    const plaintext = Buffer.from(JSON.stringify(granted));
    const sealed = sealFor(request.publicKey, plaintext, dataKeysContext(zone!, node!, request));
    message.respond(JSON.stringify({ v: 1, sealed }));
  };
  for (const zone of zones) connection.subscribe(zoneDataKeysSubject(zone), { queue: SERVICE_QUEUE, callback });
}

function serveSecrets(connection: NatsConnection, platform: Platform): void {
  const callback = (_error: unknown, message: Msg): void => {
    const request = secretsRequestSchema.parse(message.json());
    const [, zone, node] = message.subject.split('.');
    const values = platform.secrets.get(request.function) ?? {};
    const version = platform.secretVersion;
    const granted = Object.fromEntries(request.names.map((name) => [name, { version, value: values[name] ?? null }]));
    const plaintext = Buffer.from(JSON.stringify(granted));
    const sealed = sealFor(request.publicKey, plaintext, secretsContext(zone!, node!, request));
    message.respond(JSON.stringify({ v: 1, sealed }));
  };
  for (const zone of platform.config.zones)
    connection.subscribe(zoneSecretsSubject(zone), { queue: SERVICE_QUEUE, callback });
}

function openedLog(payload: Buffer, subject: string): Buffer {
  if (!isSealed(payload)) return payload;
  const place = logPlace(subject);
  return openPiece(new DataKey({ ...place, generation: 1 }, DATA_KEY), place, payload);
}

async function reconnected(connection: NatsConnection): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'reconnect') return;
  }
}

function failOnInvalid(key: string, reason: string): never {
  throw new Error(`record ${key}: ${reason}`);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
