import type { NatsConnection } from '@nats-io/transport-node';
import { connectBus, FunctionRegistry, SignerLists, StorageRoom } from '@sovfn/bus';
import { WireClient } from '@sovfn/bus/wire';
import {
  CELL_DOWN_LIMITS,
  type CellDown,
  cellDownSchema,
  cellDownSubject,
  encodeFailure,
  inboxPrefix,
  type LogBatch,
  logSubject,
  nodeUpSchema,
  nodeUpSubject,
  PROTOCOL_VERSION,
} from '@sovfn/protocol';
import type { FunctionVersion } from './cells/held-version.ts';
import type { SupervisorConfig, SupervisorSecrets } from './config.ts';
import type { SupervisorEvents } from './events.ts';

/** The supervisor's three ways to NATS. */
export interface BusSide {
  /** Control messages and JetStream. */
  readonly connection: NatsConnection;
  /** Every function of the platform, in memory. */
  readonly registry: FunctionRegistry;
  /** What is said to be the signers of each tenant. */
  readonly signerLists: SignerLists;
  /** Which tenants may store more. */
  readonly storageRoom: StorageRoom;
  /** Placements and the answers to them. */
  readonly wire: WireClient;
}

/** Connects; what it opens is closed with `resources`. Throws SovfnError `bus-unavailable`. */
export async function openBusSide(
  config: SupervisorConfig,
  secrets: SupervisorSecrets,
  events: SupervisorEvents,
  resources: AsyncDisposableStack,
): Promise<BusSide> {
  const name = `node-${config.node}`;
  const options = { address: config.bus, credential: secrets.bus, name };
  const prefix = `${inboxPrefix('node')}.${config.node}`;
  const connection = resources.adopt(await connectBus({ ...options, inboxPrefix: prefix }), (open) => open.close());
  const onInvalid = (key: string, reason: string): void => events.recordInvalid(key, reason);
  const registry = resources.adopt(await FunctionRegistry.open(connection, onInvalid), (open) => open.close());
  const signerLists = resources.adopt(await SignerLists.open(connection, onInvalid), (open) => open.close());
  const storageRoom = resources.adopt(await StorageRoom.open(connection, onInvalid), (open) => open.close());
  const onRefused = (text: string): void => events.busRefused(text);
  const wire = resources.adopt(await WireClient.connect({ ...options, onRefused }), (open) => open.close());
  resources.defer(wire.onState((connected) => (connected ? events.busBack() : events.busLost())));
  return { connection, registry, signerLists, storageRoom, wire };
}

/**
 * Tells the gateways that this supervisor is a new one, so that calls of its node's former cells end. NOTE: before the
 * placements are subscribed to on the same connection, so that no call of the new cells can be meant.
 */
export function announceUp(wire: WireClient, { node, zones }: Pick<SupervisorConfig, 'node' | 'zones'>): void {
  const message = Buffer.from(JSON.stringify(nodeUpSchema.parse({ v: PROTOCOL_VERSION })));
  for (const zone of zones) wire.publish(nodeUpSubject(zone, node), message);
}

/**
 * Tells the gateways of a zone and the logs of its functions that a cell is gone, and ends the calls that are known to have
 * been in it and that it may not have been able to claim. Without the bus the gateways find out by the calls' time limits.
 */
export function announceDown(bus: BusSide, events: SupervisorEvents, zone: string, gone: GoneCell): void {
  const { down, versions, unclaimed } = gone;
  try {
    bus.wire.publish(cellDownSubject(zone, down.cell), Buffer.from(JSON.stringify(cellDownSchema.parse(down))));
    const failure = failureOf(down);
    for (const reply of unclaimed) bus.wire.publish(reply, failure);
    for (const version of versions) {
      const subject = logSubject({ zone, tenant: down.tenant, function: version.function });
      bus.wire.publish(subject, Buffer.from(JSON.stringify(logOf(down, version))));
    }
  } catch (error) {
    events.cellDownUnannounced(down.cell, String(error));
  }
}

export interface GoneCell {
  readonly down: CellDown;
  /** That it held. */
  readonly versions: readonly FunctionVersion[];
  /** Reply subjects. */
  readonly unclaimed: readonly string[];
}

function logOf({ node, outcome, limitValue, measured }: CellDown, version: FunctionVersion): LogBatch {
  const values = limitValue === null ? '' : ` (${limitValue} allowed, ${measured ?? '?'} measured)`;
  const text = `The process that ran this function was ended: ${outcome}${values}. The calls in it were lost.`;
  const names = { function: version.function, version: version.version, node, source: node };
  const time = new Date().toISOString();
  const entry = { time, invocation: null, event: null, attempt: null, level: 'error', text, end: null } as const;
  // NOTE: each batch of a supervisor begins to count anew, which readers take for a source that began anew.
  return { v: PROTOCOL_VERSION, ...names, first: 0, entries: [entry], dropped: 0 };
}

function failureOf({ node, cell, outcome, limitValue, measured }: CellDown): Buffer {
  const limit = CELL_DOWN_LIMITS[outcome];
  const message = `the cell that ran the call ended: ${outcome}`;
  const detail = { message, limit, limitValue, measured, errorName: null, stack: null };
  return encodeFailure({ outcome, detail, report: null, cpuUs: 0, wallUs: 0, node, cell });
}
