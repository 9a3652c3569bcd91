import { randomBytes } from 'node:crypto';
import type { NatsConnection } from '@nats-io/transport-node';
import { connectBus, createReceiptStreams, type Enrolments, type FunctionRegistry } from '@sovfn/bus';
import { type FunctionRecord, inboxPrefix, makeInvocationIds } from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import { openAccess } from './access/open-access.ts';
import { SupportConsent } from './access/support-consent.ts';
import { StorageCounter } from './access/storage-counter.ts';
import { TenantData } from './access/tenant-data.ts';
import { TenantErasure } from './access/tenant-erasure.ts';
import { noteEgressRefusals } from './audit/egress-refusals.ts';
import { openAudit } from './audit/open-audit.ts';
import { makePublicHandler } from './app.ts';
import { openProofs } from './archive/open-proofs.ts';
import { openCalls } from './calls/open-calls.ts';
import type { GatewayConfig, GatewaySecrets } from './config.ts';
import type { GatewayContext } from './context.ts';
import { listenForControl } from './control/listen.ts';
import { openLogs } from './control/logs/open-logs.ts';
import { OlderRecords } from './control/deploy/older-records.ts';
import { RecordWriter } from './control/deploy/record-writer.ts';
import { CredentialIssuer } from './credentials/credential-issuer.ts';
import { DispatchRecords } from './events/dispatch/dispatch-records.ts';
import { DispatchSweep } from './events/dispatch/dispatch-sweep.ts';
import { logDispatchInvalid } from './events/dispatch/events.ts';
import { openDispatcher } from './events/dispatch/open-dispatcher.ts';
import { BodySweep } from './events/ended/body-sweep.ts';
import { EndedEvents } from './events/ended/ended-events.ts';
import { logBodiesSwept, logSweepFailed } from './events/ended/events.ts';
import { type EventTools, openEventTools } from './events/event-tools.ts';
import { type EventCommits, openEventCommits } from './events/event-commits.ts';
import { SealedEvents } from './events/sealed-events.ts';
import { openAcceptor } from './events/accept/open-acceptor.ts';
import { EventAddresses } from './events/async/event-address.ts';
import { EventLookup } from './events/async/event-lookup.ts';
import { EventPages } from './events/async/event-pages.ts';
import { EventResults } from './events/async/event-results.ts';
import { QueueRoom } from './events/queues/queue-room.ts';
import { QueueWatch } from './events/queues/queue-watch.ts';
import { Callbacks } from './events/callbacks/callbacks.ts';
import {
  logCountriesNotNoted,
  logExchangeFailed,
  logNoRoomForReceipts,
  logReceiptsLost,
  logRouteConflict,
  logShedding,
  logSplitNotEnded,
  logSplitRolledBack,
  logStarted,
  logStopping,
  logStorageUnknown,
} from './events.ts';
import { Admission } from './http/admission/admission.ts';
import { PublicEdge } from './http/public-edge.ts';
import { HttpPort, type ListenAddress } from './http/server.ts';
import { openKeys } from './keys/open-keys.ts';
import type { Log } from './logger.ts';
import { FunctionCounters } from './metrics/function-counters.ts';
import { GatewayMetrics } from './metrics/gateway-metrics.ts';
import { openObjectStore } from './open-object-store.ts';
import { checkDurability, checkStreams, openRegistries } from './open-registries.ts';
import { openOutputs } from './outputs/open-outputs.ts';
import { GatewayReceipts } from './receipts/gateway-receipts.ts';
import { DeployedFunctions } from './routes/deployed-functions.ts';
import { PreviewAddresses } from './routes/preview-address.ts';
import { openSchedules } from './schedules/open-schedules.ts';
import { openSecrets } from './secrets/open-secrets.ts';
import { ServiceCalls } from './service-calls/service-calls.ts';
import { SplitTallies } from './splits/split-tallies.ts';
import { SplitWatch } from './splits/split-watch.ts';
import { CallSpans } from './telemetry/call-spans.ts';
import { startTelemetry } from './telemetry/start-telemetry.ts';
import { TransparencyPage } from './transparency/transparency-page.ts';
import { WebhookReceiver } from './webhooks/webhook-receiver.ts';

/** A running gateway. Disposing it stops it: requests in flight get DRAIN_MS. */
export interface Gateway extends AsyncDisposable {
  readonly publicAddress: ListenAddress;
  readonly controlAddress: ListenAddress;
  /** Null: the configuration names none. */
  readonly operatorAddress: ListenAddress | null;
}

/** What every step of the start works with. `parts` owns what has been started, and ends it in reverse order. */
interface Start {
  readonly config: GatewayConfig;
  readonly secrets: GatewaySecrets;
  readonly log: Log;
  readonly parts: AsyncDisposableStack;
}

const DRAIN_MS = 10_000;
const MIB = 1024 * 1024;

/**
 * Starts a gateway: connected to the bus, registries read, both ports open. Needs NATS; without the object store it
 * starts all the same. Throws `bus-unavailable`, `stream-out-of-zone`, or the system's error for an address that is taken.
 */
export async function startGateway(config: GatewayConfig, secrets: GatewaySecrets, log: Log): Promise<Gateway> {
  const startedAt = performance.now();
  await using parts = new AsyncDisposableStack();
  const start: Start = { config, secrets, log, parts };
  const store = await openObjectStore(start);
  const connection = await openConnection(start);
  const { streamWatch, ...registries } = await openRegistries(start, connection);
  await checkDurability(start, connection);
  const access = await openAccess({ ...start, connection });
  const audit = await openAudit({ ...start, connection, nodes: registries.nodes });
  const counters = new FunctionCounters(config.shedAfterMs);
  const { keys, keyWatch } = await openKeys({ ...start, connection, registry: registries.registry, audit });
  const { storageRoom } = registries;
  const outputs = await openOutputs({ ...start, connection, store, counters, keys, storageRoom });
  const receipts = await openReceipts(start, connection);
  const spans = config.otlp === undefined ? null : new CallSpans();
  const calls = await openCalls({ ...start, ...registries, keyWatch, receipts, audit, spans });
  const tallies = new SplitTallies();
  const functions = watchFunctions(start, { registry: registries.registry, tallies, counters });
  watchSplits(start, registries.registry, tallies);
  noteCountries(start, registries);
  startCredentials(start, connection, registries.enrolments);
  const secretStore = await openSecrets({ ...start, connection, registry: registries.registry, keys });
  const newInvocation = makeInvocationIds((size) => randomBytes(size));
  const serviceCalls = new ServiceCalls({ connection, zones: config.zones, calls, functions, newInvocation });
  parts.defer(() => serviceCalls.close());

  const sealed = new SealedEvents(keys);
  const commits = await openEventCommits(start);
  const dispatch = await openDispatchRecords(start, connection);
  const assertIntact = (zone: string): void => streamWatch.assertIntact(zone);
  const accepting = { commits, dispatch, store, sealed, assertIntact, storageRoom };
  const acceptor = await openAcceptor({ ...start, connection, ...accepting });
  const ended = await openEndedEvents(start, connection, { commits, sealed });
  const logArchive = await openLogs({ ...start, connection, registry: registries.registry, store });
  const proofs = openProofs({ ...start, connection, store });
  await checkStreams(start, connection);
  parts.defer(await noteEgressRefusals({ connection, zones: config.zones, audit, log }));
  const callbacks = new Callbacks({ config, connection, sealed, secret: secrets.accountSeed });
  const surroundings = { functions, calls, outputs, bodies: acceptor.bodies, newInvocation, log };
  const eventStops = await openDispatcher({
    ...{ ...start, ...surroundings, connection, commits, dispatch, sealed, ended },
    onDeploy: (listener) => registries.registry.onChange(listener),
    enqueueCallback: (head) => callbacks.queue.enqueue(head),
  });
  const schedules = await openSchedules({
    ...{ ...start, connection, registry: registries.registry, functions, acceptor, commits },
    ...{ stops: eventStops, newEvent: newInvocation },
  });
  startQueueWatch(start, registries.registry, dispatch);
  const queueRoom = new QueueRoom({ connection, zones: config.zones, most: config.pendingEvents, log });
  parts.defer(() => queueRoom.close());
  await startDispatchSweep(start, connection, { registry: registries.registry, dispatch });
  const addresses = new EventAddresses(secrets.accountSeed);
  const webhooks = new WebhookReceiver({ secrets: secretStore, acceptor });
  const edge = openEdge(start, {
    functions,
    calls,
    outputs,
    acceptor,
    addresses,
    callbacks,
    webhooks,
    newInvocation,
    quotas: access.quotas,
  });
  const onPageError = (error: unknown): void => logExchangeFailed(log, null, error);
  const lookup = await EventLookup.open(connection, sealed);
  const results = new EventResults(store, config.store.outputs, keys);
  const pages = new EventPages({ addresses, lookup, results, onError: onPageError });
  const transparency = new TransparencyPage(secrets.identity, registries.nodes);
  const handlePublic = makePublicHandler(edge, { events: pages, transparency }, onPageError);
  const handlers = { handle: handlePublic, handlePlain: edge.handlePlain };
  const publicPort = await HttpPort.listen(handlers, config.public);
  parts.defer(() => publicPort.close());
  const { url: publicUrl } = publicPort;
  const eventTools = await openEventTools({ connection, sealed, ended, acceptor, functions, lookup, dispatch, log });
  startBodySweep(start, store, eventTools);
  const metrics = parts.use(
    await GatewayMetrics.open({ config, log, connection, ...registries, functions, dispatch, calls }),
  );
  startTelemetry({ ...start, connection, counters, metrics, spans });
  const erased = { ...access, ...registries, secrets: secretStore, keys, store, config, connection };
  const tenantData = new TenantData(erased);
  const storageCounter = parts.use(
    new StorageCounter({
      ...{ tenants: access.tenants, data: tenantData, room: storageRoom },
      onFailed: (tenant, error) => logStorageUnknown(log, tenant, error),
    }),
  );
  const services = {
    config,
    labels: secrets.identity.signed.labels,
    log,
    connection,
    ...registries,
    ...access,
    tenantData,
    storageCounter,
    erasure: new TenantErasure({ ...erased, identity: secrets.identity }),
    support: parts.use(new SupportConsent({ tenants: access.tenants, audit })),
    audit,
    store,
    keys,
    logArchive,
    proofs,
    outputs,
    secrets: secretStore,
    webhooks,
    calls,
    acceptor,
    dispatch,
    eventStops,
    schedules,
    addresses,
    eventTools,
    callbacks,
    metrics,
    functions,
    newInvocation,
    publicUrl,
  };
  const control = await listenForControl(services satisfies GatewayContext, parts);
  const listening = [publicPort, ...control].map(({ address }) => address);
  parts.use(await callbacks.startSending(listening, { zones: config.zones, lookup, results, addresses, log }));
  parts.defer(async () => {
    logStopping(log, edge.inFlight);
    for (const port of [publicPort, ...control]) port.stopAccepting();
    await edge.drain(DRAIN_MS);
  });
  logStarted(log, { publicUrl, functions: [...registries.registry.all()].length, ms: performance.now() - startedAt });
  const running = parts.move();
  const [controlPort, operatorPort] = control;
  return {
    publicAddress: publicPort.address,
    controlAddress: controlPort.address,
    operatorAddress: operatorPort?.address ?? null,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function openEndedEvents(
  { config }: Start,
  connection: NatsConnection,
  { commits, sealed }: { readonly commits: EventCommits; readonly sealed: SealedEvents },
): Promise<EndedEvents> {
  const { zones, replayMb } = config;
  const { replicas } = config.bus;
  return EndedEvents.open({
    connection,
    commits: commits.ended,
    zones,
    sealed,
    maxBytes: replayMb * MIB,
    replicas,
  });
}

function startBodySweep({ config, log, parts }: Start, store: ObjectStore, { streams, ended }: EventTools): void {
  const sweep = BodySweep.start({
    ...{ store, bucket: config.store.events, zones: config.zones, streams, ended },
    onSwept: (bodies) => logBodiesSwept(log, bodies),
    onFailed: (error) => logSweepFailed(log, error),
  });
  parts.defer(() => sweep.stop());
}

async function openConnection({ config, secrets, parts }: Start): Promise<NatsConnection> {
  const { id, bus: address } = config;
  const prefix = `${inboxPrefix('gateway')}.${id}`;
  const connection = await connectBus({ address, credential: secrets.bus, name: `gateway ${id}`, inboxPrefix: prefix });
  parts.defer(() => connection.close());
  return connection;
}

/** Closed after the calls, about which something is stated until they end. */
async function openReceipts(
  { config, secrets, log, parts }: Start,
  connection: NatsConnection,
): Promise<GatewayReceipts> {
  const { zones } = config;
  for (const zone of await createReceiptStreams(connection, zones, config.bus.replicas))
    logNoRoomForReceipts(log, zone);
  const onLost = (calls: number, reason: string): void => logReceiptsLost(log, calls, reason);
  const receipts = new GatewayReceipts({ connection, identity: secrets.identity, zones, onLost });
  return parts.adopt(receipts, (open) => open.close());
}

function watchFunctions(
  { config, secrets, log, parts }: Start,
  { registry, tallies, counters }: { registry: FunctionRegistry; tallies: SplitTallies; counters: FunctionCounters },
): DeployedFunctions {
  const functions = new DeployedFunctions({
    registry,
    gateway: config.id,
    tenant: config.tenant,
    previews: new PreviewAddresses(secrets.accountSeed),
    tallies,
    counters,
    onConflict: ({ route, owner, refused }) =>
      logRouteConflict(log, { route, owner: owner.name, refused: refused.name }),
  });
  parts.defer(() => functions.close());
  return functions;
}

function watchSplits({ log, parts }: Start, registry: FunctionRegistry, tallies: SplitTallies): void {
  const watch = new SplitWatch({
    registry,
    tallies,
    records: new RecordWriter(registry),
    onRolledBack: (record, rollback) => logSplitRolledBack(log, record, rollback),
    onFailed: (record, error) => logSplitNotEnded(log, record, error),
  });
  parts.adopt(watch, (open) => open.close());
}

function noteCountries({ log, parts }: Start, { registry, nodes }: Pick<GatewayContext, 'registry' | 'nodes'>): void {
  const onFailed = (record: FunctionRecord, error: unknown): void => logCountriesNotNoted(log, record, error);
  parts.adopt(new OlderRecords({ registry, nodes, onFailed }), (open) => open.close());
}

function startCredentials(
  { config, secrets, log, parts }: Start,
  connection: NatsConnection,
  enrolments: Enrolments,
): void {
  const { accountSeed } = secrets;
  const issuer = new CredentialIssuer({ connection, accountSeed, enrolments, zones: config.zones, log });
  parts.defer(() => issuer.close());
}

async function openDispatchRecords({ log, parts }: Start, connection: NatsConnection): Promise<DispatchRecords> {
  const onInvalid = (key: string, reason: string): void => logDispatchInvalid(log, key, reason);
  return parts.adopt(await DispatchRecords.open({ connection, onInvalid }), (open) => open.close());
}

function startQueueWatch({ config, log, parts }: Start, registry: FunctionRegistry, dispatch: DispatchRecords): void {
  const watch = new QueueWatch({ registry, dispatch, zones: config.zones, log });
  parts.defer(() => watch.close());
}

async function startDispatchSweep(
  { config, log, parts }: Start,
  connection: NatsConnection,
  of: { readonly registry: FunctionRegistry; readonly dispatch: DispatchRecords },
): Promise<void> {
  const { zones, eventAckMs: settleMs } = config;
  parts.use(await DispatchSweep.start({ ...of, connection, zones, settleMs, log }));
}

function openEdge(
  { config, log, parts }: Start,
  services: Pick<
    GatewayContext,
    'functions' | 'calls' | 'outputs' | 'acceptor' | 'addresses' | 'callbacks' | 'webhooks' | 'newInvocation' | 'quotas'
  >,
): PublicEdge {
  const { tenant, baseDomain } = config;
  const onError = (invocation: string | null, error: unknown): void => logExchangeFailed(log, invocation, error);
  const admission = parts.use(
    new Admission({ targetMs: config.shedAfterMs, onShedding: (to, shedding) => logShedding(log, to, shedding) }),
  );
  const edge = new PublicEdge({ ...services, tenant, baseDomain, onError, admission });
  parts.defer(() => edge.close());
  return edge;
}
