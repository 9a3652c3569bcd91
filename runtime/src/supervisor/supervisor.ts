/**
 * The supervisor of a node: takes the calls that no cell of its zones has loaded the function for, and owns the cells.
 *
 * Side: the operator's. Transport: NATS (placements, registry, credentials), S3 (bundles), one channel per cell.
 * Guarantees: a tenant's code runs only in cells of that tenant, only from the bytes that the version id names, only in a
 * zone and country that the function allows, and, where the tenant requires it, only if one of its developers has signed it; a cell that misbehaves is killed, and the gateways are told that its calls ended.
 * Not guaranteed: that a call ends well when its cell is killed. Holds no key that signs, and no other node's data.
 * Hostile: cells once they have a tenant, the object store's answers, messages.
 */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { announceNode, type ComponentIdentity, openIdentity, withdrawNode } from '@sovfn/bus';
import { type Labels, type NodeRecord, PROTOCOL_VERSION } from '@sovfn/protocol';
import { type ObjectStore, openStore } from '@sovfn/store';
import { stop as stopBundler } from 'esbuild';
import { NodeBindings } from './bindings/node-bindings.ts';
import { makeBootImage } from './boot-image.ts';
import { announceDown, announceUp, type BusSide, openBusSide } from './bus-side.ts';
import { CELL_LIFE, type CellLife } from './cells/cell-life.ts';
import { CellGroups } from './cells/cell-groups.ts';
import { CellPool } from './cells/cell-pool.ts';
import { type BootImage, CellProcess } from './cells/cell-process.ts';
import { isMemoryReadable } from './cells/process-memory.ts';
import { type WarmMemory, warmMemoryOf } from './cells/warm-memory.ts';
import { type CodeStorage, type CodeStorageOptions, openCodeStorage } from './code/code-storage.ts';
import { buildPrograms, type Programs } from './programs.ts';
import { readSecrets, type SupervisorConfig, type SupervisorSecrets } from './config.ts';
import { LOCK_LEVEL_PROCESS } from '../channel/lock-level.ts';
import { Draining } from './draining.ts';
import type { NodeBroker } from './egress/node-broker.ts';
import { openEgress } from './egress/open-egress.ts';
import { makeSocketDirectory } from './egress/socket-directory.ts';
import { SupervisorEvents } from './events.ts';
import { NodeKeys } from './keys/node-keys.ts';
import type { Log } from './logger.ts';
import { NodeAnnouncer } from './node-announcer.ts';
import { hearOrders } from './node-orders.ts';
import { isAcceptedIn } from './placement/known-versions.ts';
import { PlacementListener } from './placement/placement-listener.ts';
import { Placer } from './placement/placer.ts';
import { CallEgresses } from './receipts/call-egress.ts';
import { NodeReceipts, type NodeReceiptsOptions } from './receipts/node-receipts.ts';
import { PinnedSigners } from './signers/pinned-signers.ts';
import { VersionTrust } from './signers/version-trust.ts';
import { SOFTWARE } from './software.ts';
import { SecretReader } from './secrets/secret-reader.ts';
import { SecretRenewal } from './secrets/secret-renewal.ts';

export interface SupervisorOptions {
  readonly log: Log;
  /** A version that nobody has called for this long is let go. Milliseconds; default 15 minutes. */
  readonly idleMs?: number;
  /** What loaded versions may hold together; default: parts of the node's memory (see `cells/warm-memory.ts`). */
  readonly warmMemory?: WarmMemory;
  /** Processors that cells may keep busy; default: all. */
  readonly cores?: number;
  /** When cells go that nothing ends; default: see `cells/cell-life.ts`. */
  readonly cellLife?: CellLife;
  /** The broker leaves a cell that has asked for nothing for so long, and ends when it has none. Milliseconds; default: BROKER_IDLE_MS. */
  readonly brokerIdleMs?: number;
}

export interface Supervisor extends AsyncDisposable {
  readonly node: string;
  /** Resolves when the node's labels have expired while it ran: it must be closed, and not start without new ones. */
  readonly expired: Promise<void>;
  /** Resolves when NATS has ended the node's connection and takes its credential no more: it must be closed. */
  readonly refused: Promise<void>;
  /** Takes no further calls, lets the cells finish theirs for DRAIN_MS, and ends everything it has started. */
  close(): Promise<void>;
}

/** Wait for calls in flight when the supervisor stops. */
const DRAIN_MS = 10_000;
const IDLE_MS = 15 * 60_000;
const BROKER_IDLE_MS = 5 * 60_000;

/** What the parts of a starting supervisor have in common. */
interface Start {
  readonly config: SupervisorConfig;
  readonly options: SupervisorOptions;
  readonly events: SupervisorEvents;
  /** Closed in reverse order. */
  readonly resources: AsyncDisposableStack;
}

/** Resolves when the node takes calls. Throws SovfnError when the configuration, NATS or the disk does not allow it. */
export async function startSupervisor(config: SupervisorConfig, options: SupervisorOptions): Promise<Supervisor> {
  const startedAt = performance.now();
  await using resources = new AsyncDisposableStack();
  const events = new SupervisorEvents(options.log);
  const identity = await openIdentity(config.identity, { role: 'node', name: config.node, zones: config.zones });
  const start: Start = { config, options, events, resources };
  const secrets = await readSecrets(config);
  const isInspected = config.inspectPort !== undefined;
  const programs = await buildPrograms(join(config.cacheDir, 'programs'), { isInspected });
  const store = openObjectStore(start, secrets);
  const bus = await openBusSide(config, secrets, events, resources);
  const reader = new SecretReader({ connection: bus.connection, node: config.node });
  const keys = new NodeKeys({ connection: bus.connection, node: config.node });
  const signers = await openSigners(start, bus);
  const trust = new VersionTrust(bus.registry, signers);
  const storage = await openStorage(start, programs, { store, secrets: reader, keys, trust });
  const sockets = await openSocketDirectory(start);
  const pool = startPool(start, { programs, sockets, image: await makeBootImage(storage.codeCache) });
  await stopBundler();
  const egresses = new CallEgresses();
  const bindings = openNodeBindings(start, bus, { store, keys });
  const receipts = openReceipts(start, bus, { identity, egresses, trust });
  const broker = await openNodeBroker(start, bus, { programs, sockets, egresses });
  const { labels } = identity.signed;
  const { groups, listener } = openForPlacements(start, bus, {
    ...{ storage, pool, bindings, broker, receipts, trust, labels },
  });
  signers.onChange(() => groups.evictUndeployed());
  renewSecrets(start, bus, groups, reader);
  const draining = new Draining({ groups, listener, events });
  const { expired, announcer } = announce(start, bus, { pool, broker, groups, identity, draining });
  const orders = hearOrders({
    ...{ connection: bus.connection, node: config.node },
    onDrain: () => draining.begin(() => announcer.announceNow()),
    onInvalid: (reason) => events.orderMalformed(reason),
  });
  resources.defer(() => orders.unsubscribe());
  await bus.wire.flush();
  events.started(config.node, config.zones, performance.now() - startedAt);
  const owned = resources.move();
  const refused = Promise.withResolvers<void>();
  let isClosing = false;
  void bus.connection.closed().then(() => {
    if (!isClosing) refused.resolve();
  });
  const close = (): Promise<void> => {
    isClosing = true;
    return owned.disposeAsync();
  };
  return { node: config.node, expired, refused: refused.promise, close, [Symbol.asyncDispose]: close };
}

function openObjectStore({ config, resources }: Start, secrets: SupervisorSecrets): ObjectStore {
  const { endpoint, accessKey } = config.store;
  const options = { ...endpoint, accessKey, secretKey: secrets.storeSecretKey };
  return resources.adopt(openStore(options), (open) => open.close());
}

async function openStorage(
  start: Start,
  programs: Programs,
  of: Pick<CodeStorageOptions, 'store' | 'secrets' | 'keys' | 'trust'>,
): Promise<CodeStorage> {
  const { config, events, resources } = start;
  const { bundles } = config.store;
  const compilerProgram = programs.compiler;
  const directory = join(config.cacheDir, 'code');
  return resources.use(await openCodeStorage({ directory, compilerProgram, bucket: bundles, events, ...of }));
}

function openSigners({ config, events }: Start, { signerLists: lists }: BusSide): Promise<PinnedSigners> {
  return PinnedSigners.open({
    directory: join(config.cacheDir, 'signers'),
    lists,
    onFollowed: (list) => events.signersChanged(list),
    onRefused: (tenant, reason) => events.signersRefused(tenant, reason),
    onNotKept: (reason) => events.notKept(reason),
  });
}

async function openSocketDirectory({ config, resources }: Start): Promise<string> {
  const directory = await makeSocketDirectory(resolve(config.cacheDir, 'sockets'));
  resources.defer(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

interface PoolParts {
  readonly programs: Programs;
  readonly sockets: string;
  readonly image: BootImage;
}

function startPool({ config, events, resources }: Start, { programs, sockets, image }: PoolParts): CellPool {
  if (!isMemoryReadable) events.memoryUnwatched();
  const startCell = (): CellProcess => {
    const name = `c${randomBytes(8).toString('hex')}`;
    return CellProcess.start({
      name,
      program: programs.cell,
      ...(config.inspectPort !== undefined && { args: [String(config.inspectPort)] }),
      image,
      sockets,
      requireLockLevel: config.requireLockLevel ?? LOCK_LEVEL_PROCESS,
      onOutput: (text) => events.cellOutput(name, text),
    });
  };
  const onLost = (reason: string): void => events.idleCellLost(reason);
  return resources.adopt(new CellPool({ size: config.prewarmedCells, start: startCell, onLost }), (pool) =>
    pool.close(),
  );
}

function openNodeBindings(
  { config, events }: Start,
  { connection, storageRoom }: BusSide,
  { store, keys }: { readonly store: ObjectStore; readonly keys: NodeKeys },
): NodeBindings {
  const { data, place } = config.store;
  const bucket = data === undefined ? null : { store, bucket: data, place };
  return new NodeBindings({
    ...{ connection, keys, storageRoom, bucket },
    onDefect: (kind, error) =>
      events.askFailed(kind, error instanceof Error ? (error.stack ?? error.message) : String(error)),
  });
}

function openNodeBroker(
  { config, options, events, resources }: Start,
  { connection }: BusSide,
  of: { readonly programs: Programs; readonly sockets: string; readonly egresses: CallEgresses },
): Promise<NodeBroker> {
  const { programs, sockets, egresses } = of;
  const idleMs = options.brokerIdleMs ?? BROKER_IDLE_MS;
  return openEgress({ config, connection, program: programs.broker, sockets, idleMs, egresses, events, resources });
}

/** Closed after the cells and the broker, which have something to state until they end. */
function openReceipts(
  { config, events, resources }: Start,
  { connection }: BusSide,
  of: Pick<NodeReceiptsOptions, 'identity' | 'egresses' | 'trust'>,
): NodeReceipts {
  const onLost = (calls: number, reason: string): void => events.receiptsLost(calls, reason);
  const receipts = new NodeReceipts({ connection, ...of, zones: config.zones, onLost });
  return resources.adopt(receipts, (open) => open.close());
}

interface CellParts {
  readonly storage: CodeStorage;
  readonly pool: CellPool;
  readonly bindings: NodeBindings;
  readonly broker: NodeBroker;
  readonly receipts: NodeReceipts;
  readonly trust: VersionTrust;
  readonly labels: Labels;
}

/** From here on the node takes calls, as long as it has room. */
function openForPlacements(
  start: Start,
  bus: BusSide,
  { storage, pool, bindings, broker, receipts, trust, labels }: CellParts,
): { readonly groups: CellGroups; readonly listener: PlacementListener } {
  const { config, options, events, resources } = start;
  const { node, zones } = config;
  const { wire, registry, connection } = bus;
  const groups = new CellGroups({
    pool,
    context: { node, bus: connection, address: config.bus },
    bindings,
    broker,
    receipts,
    nodeMemoryMb: config.memoryMb,
    cores: options.cores ?? availableParallelism(),
    isDeployed: (name) => isAcceptedIn(labels.country, registry, name) && trust.isTrusted(name),
    idleMs: options.idleMs ?? IDLE_MS,
    warmMemory: options.warmMemory ?? warmMemoryOf(config.memoryMb),
    cellLife: options.cellLife ?? CELL_LIFE,
    events,
    prepare: (name) => storage.codes.prepare(name, null),
    announceDown: (zone, down, { versions, unclaimed }) =>
      announceDown(bus, events, zone, { down, versions, unclaimed }),
    onRoomChanged: (hasRoom) => {
      events.roomChanged(hasRoom);
      if (hasRoom) listener.start();
      else void listener.stop();
    },
  });
  resources.defer(async () => events.stopped(await groups.close(DRAIN_MS)));
  resources.defer(registry.onChange(() => groups.evictUndeployed()));
  const placer = new Placer({ node, labels, wire, registry, trust, groups, codes: storage.codes, events });
  const listener = new PlacementListener({
    wire,
    zones,
    country: labels.country,
    onPlacement: (zone, payload, reply) => void placer.place(zone, payload, reply),
  });
  resources.defer(() => listener.stop());
  announceUp(wire, config);
  listener.start();
  return { groups, listener };
}

function renewSecrets(
  { events, resources }: Start,
  { registry }: BusSide,
  groups: CellGroups,
  reader: SecretReader,
): void {
  const renewal = new SecretRenewal({
    cells: () => groups.cells(),
    versionsOf: (tenant, name) => registry.get(tenant, name)?.secretVersions ?? {},
    reader,
    onRenewed: (cell, version) => events.secretsRenewed(cell, version),
    onFailed: (cell, version, reason) => events.secretsNotRenewed(cell, version, reason),
  });
  resources.adopt(renewal, (open) => open.close());
  resources.defer(registry.onChange(() => renewal.look()));
}

function announce(
  { config, events, resources }: Start,
  bus: BusSide,
  {
    pool,
    broker,
    groups,
    identity,
    draining,
  }: { pool: CellPool; broker: NodeBroker; groups: CellGroups; identity: ComponentIdentity; draining: Draining },
): { readonly expired: Promise<void>; readonly announcer: NodeAnnouncer } {
  const expired = Promise.withResolvers<void>();
  const expiresAt = Date.parse(identity.signed.labels.expiresAt);
  const record = (): NodeRecord => {
    if (Date.now() >= expiresAt) expired.resolve();
    const cells = [...groups.cells()];
    const versions = cells.reduce((sum, cell) => sum + cell.versions.size, 0);
    const { isDraining } = draining;
    const seenAt = new Date().toISOString();
    const lock = { lockLevel: pool.lockLevel, brokerLockLevel: broker.lockLevel };
    const facts = { ...lock, isDraining, cells: cells.length, versions, software: SOFTWARE, seenAt };
    return { v: PROTOCOL_VERSION, name: config.node, zones: config.zones, labels: identity.signed, ...facts };
  };
  const announcer = new NodeAnnouncer({
    record,
    announce: (node) => announceNode(bus.connection, node),
    withdraw: () => withdrawNode(bus.connection, config.node),
    onFailed: (reason) => events.notAnnounced(reason),
  });
  resources.adopt(announcer, (open) => open.stop());
  return { expired: expired.promise, announcer };
}
