import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  announceNode,
  type BusAddress,
  type BusOperator,
  type ComponentIdentity,
  connectBus,
  createBusOperator,
  createUserCredential,
  FunctionRegistry,
  identityFiles,
  openIdentity,
  operatorConfig,
  readLabels,
} from '@sovfn/bus';

import type { BusCredential } from '@sovfn/bus/wire';
import {
  cellPermissions,
  firstRecord,
  type FunctionConfig,
  functionConfigSchema,
  gatewayPermissions,
  inboxPrefix,
  type Permissions,
  type Place,
  PROTOCOL_VERSION,
  shortVersion,
  supervisorPermissions,
  type VersionAddress,
} from '@sovfn/protocol';
import {
  freePort,
  makePlatformIdentity,
  makeTemporaryFolder,
  type NatsCluster,
  type NatsOptions,
  type NatsServer,
  startNats,
  startNatsCluster,
  type TestPlatformIdentity,
} from '@sovfn/testkit';
import type { GatewaySecrets } from '../../src/config.ts';
import { type Gateway, type GatewayConfig, gatewayConfigSchema, startGateway } from '../../src/index.ts';
import { Arrivals } from './arrivals.ts';
import { exchange } from './raw-client.ts';
import { Peer, type ServedCall } from './peer-cell.ts';

export const ZONE = 'fr';
export const TENANT = 'main';
export const API_TOKEN_SHA256 = '0'.repeat(64);

export interface StoreAddress {
  readonly host: string;
  readonly port: number;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Where it is said to be; default: in France. */
  readonly country?: string;
}

export interface GatewayBenchOptions {
  /** Default: an address where nothing listens. */
  readonly store?: StoreAddress;
  readonly config?: Partial<GatewayConfig>;
  /** Buckets that the gateway has none of else. */
  readonly buckets?: Pick<GatewayConfig['store'], 'logs' | 'proofs'>;
  readonly nats?: NatsOptions;
  /** Three servers; `nats` of the bench is then the first. */
  readonly isCluster?: boolean;
  /** Called with the port of NATS; resolves with the one that the gateway connects to instead. */
  readonly busProxy?: (port: number) => Promise<number>;
  /** Default: that of the bench's own NATS. */
  readonly monitors?: readonly string[];
}

/** How long a call waits is the tests' doing: no reason to refuse others. */
const WAITS = { shedAfterMs: null };

type DeployConfig = Partial<Omit<FunctionConfig, 'limits'>> & {
  readonly name: string;
  readonly limits?: Partial<FunctionConfig['limits']>;
  readonly tenant?: string;
};

interface LoggedEvent {
  readonly event: string;
  readonly fields: object;
}

/** A whole gateway, on a NATS with the platform's users and permissions. Cells are played by the tests. */
export class GatewayBench implements AsyncDisposable {
  readonly gateway: Gateway;
  readonly nats: NatsServer;
  readonly cluster: NatsCluster | null;
  /** Of the servers, past any proxy. */
  readonly address: BusAddress;
  readonly config: GatewayConfig;
  readonly events: Arrivals<LoggedEvent>;
  readonly #secondEvents = new Arrivals<LoggedEvent>();
  /** Whose labels the gateways carry and believe. */
  readonly platform: TestPlatformIdentity;
  readonly #operator: BusOperator;
  readonly #secrets: GatewaySecrets;
  readonly #parts: AsyncDisposableStack;
  #deploys = 0;

  static async start(options: GatewayBenchOptions = {}): Promise<GatewayBench> {
    await using parts = new AsyncDisposableStack();
    const operator = await createBusOperator('test');
    const { nats: natsOptions = {} } = options;
    const bus = `${natsOptions.config ?? ''}\n${operatorConfig(operator)}`;
    const cluster = options.isCluster === true ? parts.use(await startNatsCluster({ config: bus })) : null;
    const nats = cluster?.servers[0] ?? parts.use(await startNats({ ...natsOptions, config: bus }));
    const all = cluster?.servers ?? [nats];
    const credential = await grant(operator, 'gateway', gatewayPermissions('gw-1', [ZONE]));
    const store = options.store ?? { host: '127.0.0.1', port: await freePort(), accessKey: 'none', secretKey: 'none' };
    const { host, port } = nats.address;
    const servers = all.slice(1).map(({ address }) => `${address.host}:${address.port}`);
    const monitors = options.monitors ?? all.map(({ monitorUrl }) => monitorUrl);
    const replicas = cluster === null ? 1 : 3;
    const address = { host, port: (await options.busProxy?.(port)) ?? port, servers };
    const base = baseConfig({ ...address, monitors, replicas }, store, options.buckets);
    const keys = { provider: 'file', folder: parts.use(await makeTemporaryFolder('keys')).path };
    const dataDir = parts.use(await makeTemporaryFolder('gateway')).path;
    const config = gatewayConfigSchema.parse({ ...base, keys, dataDir, ...WAITS, ...options.config });
    const events = new Arrivals<LoggedEvent>();
    const folder = parts.use(await makeTemporaryFolder('identity'));
    const platform = await makePlatformIdentity(folder.path);
    const identity = await identityOf(platform, 'gw-1');
    const secrets = {
      identity,
      bus: credential,
      storeSecretKey: store.secretKey,
      accountSeed: operator.accountSeed,
    };
    const gateway = parts.use(
      await startGateway(config, secrets, (_level, event, fields = {}) => events.push({ event, fields })),
    );
    return new GatewayBench({
      gateway,
      nats,
      cluster,
      address: { host, port, servers },
      config,
      operator,
      platform,
      secrets,
      events,
      parts: parts.move(),
    });
  }

  private constructor(of: {
    gateway: Gateway;
    nats: NatsServer;
    cluster: NatsCluster | null;
    address: BusAddress;
    config: GatewayConfig;
    operator: BusOperator;
    platform: TestPlatformIdentity;
    secrets: GatewaySecrets;
    events: Arrivals<LoggedEvent>;
    parts: AsyncDisposableStack;
  }) {
    this.gateway = of.gateway;
    this.nats = of.nats;
    this.cluster = of.cluster;
    this.address = of.address;
    this.config = of.config;
    this.events = of.events;
    this.platform = of.platform;
    this.#operator = of.operator;
    this.#secrets = of.secrets;
    this.#parts = of.parts;
  }

  get url(): string {
    return urlOf(this.gateway);
  }

  get storeSecretKey(): string {
    return this.#secrets.storeSecretKey;
  }

  /** Another gateway on the same servers. Whoever starts it disposes it. */
  async startSecondGateway(
    busAddress: GatewayConfig['bus'] = this.config.bus,
    change: Partial<GatewayConfig> = {},
  ): Promise<{ readonly url: string; readonly controlUrl: string } & AsyncDisposable> {
    const { credential: bus, accountSeed } = await this.gatewayCredential('gw-2');
    const identity = await identityOf(this.platform, 'gw-2');
    const secrets = { ...this.#secrets, identity, bus, accountSeed };
    const config = { ...this.config, id: 'gw-2', bus: busAddress, ...change };
    const gateway = await startGateway(config, secrets, (_level, event, fields = {}) =>
      this.#secondEvents.push({ event, fields }),
    );
    const { host, port } = gateway.controlAddress;
    const controlUrl = `http://${host}:${port}`;
    return { url: urlOf(gateway), controlUrl, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
  }

  /** The fields of the next event with this name; earlier ones are dropped. */
  async event(name: string): Promise<object> {
    return nextOf(this.events, name);
  }

  /** The same of the other gateways. */
  async secondEvent(name: string): Promise<object> {
    return nextOf(this.#secondEvents, name);
  }

  /** The names of the events so far. */
  drainEvents(): string[] {
    return this.events.drain().map(({ event }) => event);
  }

  async cell(name: string, tenant = TENANT, address: BusAddress = this.address): Promise<Peer> {
    const credential = await this.cellCredential(name, tenant);
    const peer = await Peer.open(address, credential, { zone: ZONE, tenant, cell: name, node: 'node-1' });
    this.#parts.defer(() => peer.close());
    return peer;
  }

  /** Of a cell that sends what it likes. */
  cellCredential(name: string, tenant = TENANT): Promise<BusCredential> {
    return grant(this.#operator, name, cellPermissions(ZONE, tenant, name));
  }

  /** What another gateway on the same bus needs. */
  async gatewayCredential(id: string): Promise<{ credential: BusCredential; accountSeed: string }> {
    const credential = await grant(this.#operator, id, gatewayPermissions(id, [ZONE]));
    return { credential, accountSeed: this.#operator.accountSeed };
  }

  /** Of a client that listens to what others ask the bus for. */
  listenerCredential(subject: string): Promise<BusCredential> {
    return grant(this.#operator, 'listener', { publish: [], subscribe: [subject] });
  }

  supervisorCredential(node: string): Promise<BusCredential> {
    return grant(this.#operator, node, supervisorPermissions(node, [ZONE], 'FR'));
  }

  /** A node says that it is there, and goes. */
  async announceNode(name: string, place: Place, zone = ZONE): Promise<void> {
    const { directory } = await this.platform.enrol('node', name, { place });
    const labels = await readLabels(identityFiles(directory).labels);
    const credential = await this.supervisorCredential(name);
    const prefix = `${inboxPrefix('node')}.${name}`;
    const connection = await connectBus({ address: this.address, credential, name, inboxPrefix: prefix });
    const lock = { lockLevel: 1, brokerLockLevel: null };
    const facts = { ...lock, isDraining: false, cells: 0, versions: 0, software: null };
    const seenAt = new Date().toISOString();
    await announceNode(connection, { v: PROTOCOL_VERSION, name, zones: [zone], labels, ...facts, seenAt });
    await connection.close();
  }

  /** Writes the function's record, and waits until the gateway answers for it. */
  async deploy(config: DeployConfig): Promise<VersionAddress> {
    const { tenant = TENANT, ...rest } = config;
    const version = (++this.#deploys).toString(16).padEnd(64, '0');
    const { $schema: _unused, ...parsed } = functionConfigSchema.parse({ main: 'index.ts', ...rest });
    const deployedAt = new Date().toISOString();
    const manifest = { v: 1 as const, config: parsed, bundleSha256: version, bundleBytes: 1 };
    await this.#withRegistry(async (registry) => {
      const { revision } = await registry.entry(tenant, config.name);
      await registry.write(firstRecord({ tenant, version, manifest, deployedAt }), revision);
    });
    return { zone: parsed.residency, tenant, function: config.name, version };
  }

  /** Deploys a function, and a cell of its own that answers it. */
  async serve(config: DeployConfig, onCall?: (call: ServedCall) => void): Promise<Peer> {
    const version = await this.deploy(config);
    const cell = await this.cell(`c-${config.name}`, version.tenant);
    await cell.serve(version, onCall);
    await this.untilVisible(version);
    return cell;
  }

  /** Removes the function, and waits until the gateway does not know it any more. */
  async remove(name: string, tenant = TENANT): Promise<void> {
    await this.#withRegistry((registry) => registry.remove(tenant, name));
    while (await this.#isKnown(`${tenant}:${name}`, '')) continue;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }

  /** All that a bucket holds, as one text. */
  async inBucket(bucket: string): Promise<string> {
    return this.withConnection(async (connection) => {
      const kv = await new Kvm(connection).open(bucket);
      let text = '';
      for await (const key of await kv.keys()) text += `${key}\n${(await kv.get(key))?.string()}\n`;
      return text;
    });
  }

  /** With the permissions of the bench's gateway. */
  async withConnection<T>(act: (connection: NatsConnection) => Promise<T>): Promise<T> {
    const credential = await grant(this.#operator, 'deployer', gatewayPermissions('gw-1', [ZONE]));
    const prefix = `${inboxPrefix('gateway')}.gw-1.deployer`;
    const connection = await connectBus({
      address: this.address,
      credential,
      name: 'deployer',
      inboxPrefix: prefix,
    });
    try {
      return await act(connection);
    } finally {
      await connection.close();
    }
  }

  async #withRegistry(act: (registry: FunctionRegistry) => Promise<void>): Promise<void> {
    await this.withConnection(async (connection) => {
      const registry = await FunctionRegistry.open(connection, (key, reason) => {
        throw new Error(`${key}: ${reason}`);
      });
      try {
        await act(registry);
      } finally {
        registry.close();
      }
    });
  }

  async untilVisible(to: VersionAddress): Promise<void> {
    while (!(await this.#isKnown(`${to.tenant}:${to.function}`, shortVersion(to.version)))) continue;
  }

  /** Asks with a body that is too large for any function, so that nothing is called. */
  async #isKnown(segment: string, version: string): Promise<boolean> {
    const headers = ['host: x', `content-length: ${2 ** 40}`, 'expect: 100-continue'];
    const answer = await exchange(this.gateway.publicAddress, `POST /fn/${segment}/ HTTP/1.1`, headers);
    return answer.includes(`sovfn-version: ${version}`);
  }
}

async function nextOf(events: Arrivals<LoggedEvent>, name: string): Promise<object> {
  for (;;) {
    const { event, fields } = await events.next();
    if (event === name) return fields;
  }
}

function urlOf(gateway: Gateway): string {
  const { host, port } = gateway.publicAddress;
  return `http://${host}:${port}`;
}

export async function grant(operator: BusOperator, name: string, permissions: Permissions): Promise<BusCredential> {
  return createUserCredential({ accountSeed: operator.accountSeed, name, permissions, expiresAt: null });
}

async function identityOf(platform: TestPlatformIdentity, name: string): Promise<ComponentIdentity> {
  return openIdentity(await platform.enrol('gateway', name), { role: 'gateway', name, zones: [ZONE] });
}

function baseConfig(bus: object, store: StoreAddress, buckets: GatewayBenchOptions['buckets'] = {}): object {
  return {
    v: 1,
    id: 'gw-1',
    tenant: TENANT,
    zones: [ZONE],
    identity: { directory: '/unused', platformKeyFile: '/unused' },
    public: { host: '127.0.0.1', port: 0 },
    control: { host: '127.0.0.1', port: 0, tokenSha256: [API_TOKEN_SHA256] },
    bus: { ...bus, credsFile: '/unused' },
    accountSeedFile: '/unused',
    store: {
      endpoint: { host: store.host, port: store.port, tls: false },
      place: { country: store.country ?? 'FR' },
      accessKey: store.accessKey,
      secretKeyFile: '/unused',
      bundles: 'bundles',
      outputs: 'outputs',
      ...buckets,
    },
    dataDir: '/unused',
    spillMb: 64,
  };
}
