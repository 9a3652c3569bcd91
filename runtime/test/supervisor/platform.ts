/**
 * A node with real peers: nats-server, MinIO, a supervisor, and a gateway reduced to what a supervisor sees of one: it
 * keeps the registry, issues the credentials of cells, sends calls and reads the answers.
 */
import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  type BusCredential,
  type BusOperator,
  connectBus,
  createBuckets,
  createBusOperator,
  createUserCredential,
  encodeCredential,
  FunctionRegistry,
  issueUserJwt,
  operatorConfig,
} from '@sovfn/bus';
import { WireClient } from '@sovfn/bus/wire';
import {
  allCredentialsSubject,
  bundleObject,
  callSubject,
  type CellDown,
  cellDownSchema,
  type CellFrame,
  cellPermissions,
  credentialRequestSchema,
  decodeCellFrame,
  encodeCall,
  encodePlacement,
  functionConfigSchema,
  type FunctionRecord,
  gatewayPermissions,
  gatewayRepliesSubject,
  inboxPrefix,
  makeInvocationIds,
  type Manifest,
  manifestObject,
  type Permissions,
  placementSubject,
  replySubjectPrefix,
  sourceMapObject,
  supervisorPermissions,
  versionContent,
  zoneCellDownSubject,
} from '@sovfn/protocol';
import { type ObjectStore, openStore } from '@sovfn/store';
import { makeTemporaryFolder, type MinioServer, type NatsServer, startMinio, startNats } from '@sovfn/testkit';
import { type LogEntry, startSupervisor, type Supervisor, type SupervisorConfig } from '../../src/index.ts';

export const ZONE = 'fr';
export const TENANT = 'main';
export const BUNDLES = 'bundles';
export const NODE = 'node-1';
const GATEWAY = 'gw';

export interface Deployed {
  readonly function: string;
  readonly version: string;
  readonly manifest: Manifest;
  readonly record: FunctionRecord;
}

/** A function whose code is the members of its handler object. */
export interface DeployOptions {
  readonly config?: Record<string, unknown>;
  readonly tenant?: string;
  /** Store the objects and leave the registry alone. */
  readonly unrecorded?: boolean;
}

export interface Answer {
  /** Outcome: `ok` with a body, or what a refusal or failure says. */
  readonly outcome: string;
  readonly kind: CellFrame['kind'];
  readonly body: string;
  readonly message: string;
  readonly cell: string;
  /** Frames of other kinds that came before. */
  readonly before: readonly CellFrame['kind'][];
}

export interface PlatformOptions {
  /** Life of cells' credentials, milliseconds. */
  readonly credentialMs?: number;
  readonly memoryMb?: number;
  readonly prewarmedCells?: number;
  readonly idleMs?: number;
  readonly cores?: number;
}

export class Platform implements AsyncDisposable {
  readonly log: LogEntry[] = [];
  readonly downs: CellDown[] = [];
  readonly nats: NatsServer;
  readonly minio: MinioServer;
  readonly store: ObjectStore;
  readonly registry: FunctionRegistry;
  readonly config: SupervisorConfig;
  readonly wire: WireClient;
  supervisor!: Supervisor;
  readonly #resources: AsyncDisposableStack;
  readonly #options: PlatformOptions;
  readonly #watchers = new Set<() => void>();
  readonly #replies = new Map<string, (frame: CellFrame | null) => void>();
  readonly #newId = makeInvocationIds(randomBytes);
  #calls = 0;

  static async start(options: PlatformOptions = {}): Promise<Platform> {
    await using resources = new AsyncDisposableStack();
    const operator = await createBusOperator('test');
    const nats = resources.use(await startNats({ config: operatorConfig(operator) }));
    const minio = resources.use(await startMinio());
    const folder = resources.use(await makeTemporaryFolder('supervisor'));
    const credential = (name: string, permissions: Permissions): Promise<BusCredential> =>
      createUserCredential({ accountSeed: operator.accountSeed, name, permissions, expiresAt: null });
    const gateway = {
      address: nats.address,
      credential: await credential('gateway', gatewayPermissions(GATEWAY, [ZONE, 'eu'])),
      name: 'gateway',
    };
    const prefix = `${inboxPrefix('gateway')}.${GATEWAY}`;
    const connection = resources.adopt(await connectBus({ ...gateway, inboxPrefix: prefix }), (open) => open.close());
    await createBuckets(connection);
    serveCredentials(connection, operator, options.credentialMs ?? 600_000);
    const registry = resources.adopt(await FunctionRegistry.open(connection, failOnInvalid), (open) => open.close());
    const wire = resources.adopt(await WireClient.connect(gateway), (open) => open.close());
    const store = resources.adopt(openStore({ ...minio.endpoint, tls: false }), (open) => open.close());
    await store.ensureBucket(BUNDLES);
    const credsFile = join(folder.path, 'node.creds');
    const secretKeyFile = join(folder.path, 'store.key');
    await writeFile(credsFile, encodeCredential(await credential(NODE, supervisorPermissions(NODE, [ZONE, 'eu']))));
    await writeFile(secretKeyFile, minio.endpoint.secretKey);
    const { host, port, accessKey } = minio.endpoint;
    const config: SupervisorConfig = {
      v: 1,
      node: NODE,
      zones: [ZONE, 'eu'],
      bus: { ...nats.address, credsFile },
      store: { endpoint: { host, port, tls: false }, accessKey, secretKeyFile, bundles: BUNDLES },
      cacheDir: join(folder.path, 'cache'),
      memoryMb: options.memoryMb ?? 2_048,
      prewarmedCells: options.prewarmedCells ?? 1,
    };
    const platform = new Platform({ nats, minio, store, registry, config, wire, options, resources: resources.move() });
    try {
      await platform.startSupervisor();
    } catch (error) {
      await platform[Symbol.asyncDispose]();
      throw error;
    }
    return platform;
  }

  private constructor(parts: PlatformParts) {
    this.nats = parts.nats;
    this.minio = parts.minio;
    this.store = parts.store;
    this.registry = parts.registry;
    this.config = parts.config;
    this.wire = parts.wire;
    this.#options = parts.options;
    this.#resources = parts.resources;
    this.wire.subscribe(gatewayRepliesSubject(GATEWAY), null, (payload, subject, _reply, noResponders) => {
      this.#replies.get(subject)?.(noResponders ? null : decodeCellFrame(Buffer.from(payload)));
    });
    this.wire.subscribe(zoneCellDownSubject(ZONE), null, (payload) => {
      this.downs.push(cellDownSchema.parse(JSON.parse(payload.toString())));
      this.#look();
    });
  }

  /** Starts the supervisor, also again after it was closed. */
  async startSupervisor(): Promise<void> {
    const { idleMs, cores } = this.#options;
    this.supervisor = await startSupervisor(this.config, {
      log: (entry) => {
        this.log.push(entry);
        this.#look();
      },
      ...(idleMs === undefined ? {} : { idleMs }),
      ...(cores === undefined ? {} : { cores }),
    });
  }

  async deploy(name: string, members: string, options: DeployOptions = {}): Promise<Deployed> {
    const tenant = options.tenant ?? TENANT;
    const bundle = Buffer.from(`const handler = {${members}};\nexport{handler as default};\n`);
    const { $schema: _, ...config } = functionConfigSchema.parse({ name, main: 'index.ts', ...options.config });
    const manifest: Manifest = { v: 1, config, bundleSha256: sha256(bundle), bundleBytes: bundle.length };
    const version = sha256(Buffer.from(versionContent(manifest)));
    await this.store.put(BUNDLES, bundleObject(tenant, name, version), bundle);
    await this.store.put(BUNDLES, sourceMapObject(tenant, name, version), Buffer.from('{}'));
    await this.store.put(BUNDLES, manifestObject(tenant, name, version), Buffer.from(JSON.stringify(manifest)));
    const { record: before, revision } = await this.registry.entry(tenant, name);
    const deployedAt = new Date().toISOString();
    const versions = [{ version, deployedAt }, ...(before?.versions ?? [])];
    const record: FunctionRecord = { v: 1, tenant, name, current: version, manifest, deployedAt, versions };
    if (options.unrecorded !== true) await this.registry.write(record, revision);
    return { function: name, version, manifest, record };
  }

  /** Calls a version as a gateway does: first its own subject, then placement. */
  async call(to: Deployed, options: { remainingMs?: number; zone?: string } = {}): Promise<Answer> {
    const direct = await this.#send(to, 'inv', { zone: ZONE, remainingMs: 10_000, resends: 0, ...options });
    return direct ?? this.place(to, options);
  }

  /** Sends a call to placement. */
  async place(to: Deployed, options: { remainingMs?: number; resends?: number; zone?: string } = {}): Promise<Answer> {
    const answer = await this.#send(to, 'place', { zone: ZONE, remainingMs: 10_000, resends: 1, ...options });
    if (answer === null) throw new Error('nobody takes placements');
    return answer;
  }

  /** Does somebody take placements now? */
  async takesPlacements(to: Deployed): Promise<boolean> {
    return (await this.#send(to, 'place', { zone: ZONE, remainingMs: 10_000, resends: 1 })) !== null;
  }

  /** Does a cell take this version's calls from NATS, without placement? */
  async isWarm(to: Deployed): Promise<boolean> {
    return (await this.#send(to, 'inv', { zone: ZONE, remainingMs: 10_000, resends: 0 })) !== null;
  }

  /** The first log entry of the event (past or future) that has the facts. */
  async logged(event: string, facts: Record<string, unknown> = {}): Promise<LogEntry> {
    return this.#seen(() =>
      this.log.find(
        (entry) => entry.event === event && Object.entries(facts).every(([name, value]) => entry[name] === value),
      ),
    );
  }

  async cellDown(cell: string): Promise<CellDown> {
    return this.#seen(() => this.downs.find((down) => down.cell === cell));
  }

  entries(event: string): LogEntry[] {
    return this.log.filter((entry) => entry.event === event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.supervisor?.close();
    } finally {
      await this.#resources.disposeAsync();
    }
  }

  #send(
    to: Deployed,
    through: 'inv' | 'place',
    options: { zone: string; remainingMs: number; resends: number },
  ): Promise<Answer | null> {
    const tenant = to.record.tenant;
    const reply = `${replySubjectPrefix(GATEWAY, options.zone, tenant)}${(this.#calls++).toString(36)}`;
    const call = encodeCall({
      invocation: this.#newId(),
      trigger: 'http',
      method: 'GET',
      url: 'http://localhost/',
      headers: '',
      remainingMs: options.remainingMs,
      resends: options.resends,
      body: new Uint8Array(),
      streamed: false,
      probe: false,
    });
    const answered = this.#answerTo(reply);
    if (through === 'place') {
      const placement = encodePlacement({ tenant, function: to.function, version: to.version, call });
      this.wire.publish(placementSubject(options.zone), placement, reply);
    } else {
      this.wire.publish(
        callSubject({ zone: options.zone, tenant, function: to.function, version: to.version }),
        call,
        reply,
      );
    }
    return answered;
  }

  async #answerTo(reply: string): Promise<Answer | null> {
    const before: CellFrame['kind'][] = [];
    const last = Promise.withResolvers<CellFrame | null>();
    this.#replies.set(reply, (frame) => {
      if (frame?.kind === 'taken') before.push(frame.kind);
      else last.resolve(frame);
    });
    const frame = await last.promise;
    this.#replies.delete(reply);
    return frame === null ? null : { ...readAnswer(frame), before };
  }

  async #seen<T>(find: () => T | undefined): Promise<T> {
    const seen = Promise.withResolvers<T>();
    const look = (): void => {
      const found = find();
      if (found !== undefined) seen.resolve(found);
    };
    this.#watchers.add(look);
    look();
    try {
      return await seen.promise;
    } finally {
      this.#watchers.delete(look);
    }
  }

  #look(): void {
    for (const look of this.#watchers) look();
  }
}

interface PlatformParts {
  readonly nats: NatsServer;
  readonly minio: MinioServer;
  readonly store: ObjectStore;
  readonly registry: FunctionRegistry;
  readonly config: SupervisorConfig;
  readonly wire: WireClient;
  readonly options: PlatformOptions;
  readonly resources: AsyncDisposableStack;
}

/** The controller's part: a JWT for each cell that a supervisor asks for. */
function serveCredentials(connection: NatsConnection, operator: BusOperator, lifeMs: number): void {
  connection.subscribe(allCredentialsSubject(), {
    callback: (_error, message) => {
      const { publicKey, zone, tenant, cell } = credentialRequestSchema.parse(message.json());
      const expiresAt = new Date(Date.now() + lifeMs);
      const permissions = cellPermissions(zone, tenant, cell);
      void issueUserJwt({ accountSeed: operator.accountSeed, name: cell, permissions, publicKey, expiresAt }).then(
        (jwt) => message.respond(JSON.stringify({ v: 1, jwt, expiresAt: expiresAt.toISOString() })),
      );
    },
  });
}

function readAnswer(frame: CellFrame): Omit<Answer, 'before'> {
  const cell = 'cell' in frame ? frame.cell : '';
  const outcome = 'outcome' in frame ? frame.outcome : 'ok';
  const body = frame.kind === 'answer' ? Buffer.from(frame.body).toString() : '';
  return { kind: frame.kind, outcome, body, cell, message: frame.kind === 'failure' ? frame.detail.message : '' };
}

function failOnInvalid(key: string, reason: string): never {
  throw new Error(`record ${key}: ${reason}`);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
