/**
 * What a gateway says about itself and the functions of a tenant, whenever somebody asks.
 *
 * Guarantees: nothing is computed while nobody asks; asking costs the bus no more than BacklogReader says. While the bus
 * is away, everything but the backlog is told all the same. Not guaranteed: that what was counted before a restart is
 * known. Cardinality: docs/metrics.md.
 */
import { setImmediate as othersTurn } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { type FunctionRegistry, type NodeRegistry, readPackageVersion, type StorageRoom } from '@sovfn/bus';
import {
  type DispatchRecord,
  type FunctionAddress,
  functionKey,
  type MetricsReport,
  PROTOCOL_VERSION,
} from '@sovfn/protocol';
import type { CallClient } from '../calls/call-client.ts';
import type { GatewayConfig } from '../config.ts';
import type { DispatchRecords } from '../events/dispatch/dispatch-records.ts';
import type { Log } from '../logger.ts';
import type { DeployedFunction, DeployedFunctions } from '../routes/deployed-functions.ts';
import type { BacklogKind } from './backlog/backlog-kinds.ts';
import { type Backlog, BacklogReader } from './backlog/backlog-reader.ts';
import { logBacklogUnknown } from './events.ts';
import { Exposition } from './exposition.ts';
import { OtlpMetrics } from '../telemetry/otlp-metrics.ts';
import { reportFunction } from './function-report.ts';
import { addBacklog, addCalls, addEvents, addInfo, addOutputs, addSpans } from './function-samples.ts';
import { LoopDelayWatch } from './loop-delay.ts';
import { addPlatform, addStorage } from './platform-samples.ts';
import { addProcess } from './process-samples.ts';
import type { Samples } from './samples.ts';

export interface GatewayMetricsOptions {
  readonly config: Pick<GatewayConfig, 'id' | 'zones'>;
  readonly connection: NatsConnection;
  readonly registry: FunctionRegistry;
  readonly nodes: NodeRegistry;
  readonly functions: DeployedFunctions;
  readonly dispatch: DispatchRecords;
  readonly calls: CallClient;
  readonly storageRoom: Pick<StorageRoom, 'use'>;
  readonly log: Log;
}

/** Of this gateway's package. */
export const VERSION = readPackageVersion(new URL('../../package.json', import.meta.url));
/** Functions that are written before calls have their turn: a millisecond or two. */
const AT_ONCE = 25;

export class GatewayMetrics implements Disposable {
  readonly #since = new Date().toISOString();
  readonly #options: GatewayMetricsOptions;
  readonly #backlog: BacklogReader;
  readonly #loopDelay = new LoopDelayWatch();

  static async open(options: GatewayMetricsOptions): Promise<GatewayMetrics> {
    const { connection, config } = options;
    const functionsOf = (kind: BacklogKind, zone: string): FunctionAddress[] => addressesOf(options, kind, zone);
    return new GatewayMetrics(options, await BacklogReader.open({ connection, zones: config.zones, functionsOf }));
  }

  private constructor(options: GatewayMetricsOptions, backlog: BacklogReader) {
    this.#options = options;
    this.#backlog = backlog;
  }

  /** In the Prometheus text format, piece by piece. Functions of other tenants are left out. Calls go on meanwhile. */
  async expose(tenant: string): Promise<Iterable<string>> {
    const to = new Exposition();
    await this.#collect([tenant], to);
    return to.toText();
  }

  /** As metrics of OTLP, of the functions of all tenants: for whoever operates the platform. */
  async collectForOtlp(): Promise<object[]> {
    const to = new OtlpMetrics({ since: Date.parse(this.#since), now: Date.now() });
    const tenants = new Set([...this.#options.registry.all()].map(({ tenant }) => tenant));
    await this.#collect([...tenants].toSorted(), to);
    return to.toMetrics();
  }

  async #collect(tenants: readonly string[], to: Samples): Promise<void> {
    const { config, calls, registry, nodes } = this.#options;
    const backlog = await this.#readBacklog();
    const now = Date.now();
    const functions = tenants.flatMap((tenant) => this.#functionsOf(tenant));
    for (const [position, each] of functions.entries()) {
      if (position % AT_ONCE === AT_ONCE - 1) await othersTurn();
      addInfo(to, each);
      addCalls(to, each);
      addEvents(to, each);
      addOutputs(to, each);
      addSpans(to, each);
      if (backlog === null) continue;
      const ofFunction = backlog.get(functionKey(each.tenant, each.name)) ?? {};
      addBacklog(to, each, { backlog: ofFunction, dispatch: this.#dispatchOf(each), now });
    }
    for (const tenant of tenants) addStorage(to, this.#options.storageRoom.use(tenant));
    addPlatform(to, {
      gateway: config.id,
      version: VERSION,
      callsInFlight: calls.inFlight,
      isBusConnected: calls.isConnected,
      isBacklogKnown: backlog !== null,
      functions: [...registry.all()].length,
      zones: config.zones,
      nodes: nodes.all(),
      loopDelay: this.#loopDelay.read(),
    });
    await addProcess(to);
  }

  /** As a document. `name`: only this function. */
  async report(tenant: string, name: string | null): Promise<MetricsReport> {
    const backlog = await this.#readBacklog();
    const now = Date.now();
    const functions = this.#functionsOf(tenant).filter((each) => name === null || each.name === name);
    return {
      v: PROTOCOL_VERSION,
      gateway: this.#options.config.id,
      since: this.#since,
      functions: functions.map((each) => {
        const ofFunction = backlog === null ? null : (backlog.get(functionKey(tenant, each.name)) ?? {});
        return reportFunction(each, { backlog: ofFunction, dispatch: this.#dispatchOf(each), now });
      }),
    };
  }

  [Symbol.dispose](): void {
    this.#loopDelay[Symbol.dispose]();
  }

  /** By name. */
  #functionsOf(tenant: string): DeployedFunction[] {
    const { functions } = this.#options;
    return functions
      .names(tenant)
      .toSorted()
      .flatMap((name) => functions.get(tenant, name) ?? []);
  }

  /** Null for a function that never had an event. */
  #dispatchOf({ tenant, name, target }: DeployedFunction): DispatchRecord | null {
    return this.#options.dispatch.get({ zone: target.zone, tenant, function: name });
  }

  /** Null while the streams cannot be asked. */
  async #readBacklog(): Promise<Backlog | null> {
    if (!this.#options.calls.isConnected) return null;
    try {
      return await this.#backlog.read();
    } catch (error) {
      logBacklogUnknown(this.#options.log, error);
      return null;
    }
  }
}

/** Events need a dispatch record before the first is accepted; outputs do not. */
function addressesOf(
  { dispatch, registry }: GatewayMetricsOptions,
  kind: BacklogKind,
  zone: string,
): FunctionAddress[] {
  if (kind !== 'outputs') return dispatch.all().filter((record) => record.zone === zone);
  const inZone = [...registry.all()].filter(({ manifest }) => manifest.config.residency === zone);
  return inZone.map(({ tenant, name }) => ({ zone, tenant, function: name }));
}
