import { setTimeout as delay } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Replicas, StorageRoom } from '@sovfn/bus';
import type { DataKeySource } from '@sovfn/bus/encryption';
import { type OutputPolicy, SovfnError, storeOutsideOf, type StorePlace } from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import type { Log } from '../logger.ts';
import type { FunctionCounts } from '../metrics/function-counters.ts';
import { OrphanSweep } from './orphan-sweep.ts';
import { OutputDrain } from './output-drain.ts';
import { OutputReader } from './output-reader.ts';
import { OutputSink, type OutputStart } from './output-sink.ts';
import { SpillStream } from './spill/spill-stream.ts';
import { StoreGate } from './store-gate.ts';
import { outOfZone, StoredOutputs } from './stored-outputs.ts';

export interface OutputWriterOptions {
  readonly store: ObjectStore;
  readonly bucket: string;
  /** Where the store is. */
  readonly place: StorePlace;
  /** Reconnects for ever; closed by its owner after the writer. */
  readonly connection: NatsConnection;
  /** Of outputs that are encrypted. */
  readonly keys: DataKeySource;
  readonly zones: readonly string[];
  /** Room for pending outputs, per zone, MiB. */
  readonly spillMb: number;
  /** Servers that hold what is pending; default 1. */
  readonly replicas?: Replicas;
  readonly log: Log;
  /** Left out: nobody has a quota. */
  readonly storageRoom?: StorageRoom;
  /** Where what is kept of a function is counted; null: nowhere. */
  readonly countsOf?: (tenant: string, name: string) => FunctionCounts['outputs'] | null;
}

interface Zone {
  /** Why nothing of the zone may be kept in the store; null: it may. */
  readonly outside: string | null;
  readonly spill: SpillStream;
  readonly drain: OutputDrain;
  readonly sweep: OrphanSweep;
  /** Invocations whose outputs are being written by this gateway. */
  readonly open: Set<string>;
}

const MIB = 1024 * 1024;
const STORED_POLL_MS = 250;

/** Keeps the outputs of calls: one for each gateway process. */
export class OutputWriter implements AsyncDisposable {
  readonly reader: OutputReader;
  readonly #stored: StoredOutputs;
  readonly #gate: StoreGate;
  readonly #keys: DataKeySource;
  readonly #zones: ReadonlyMap<string, Zone>;
  readonly #storageRoom: StorageRoom | null;
  readonly #countsOf: NonNullable<OutputWriterOptions['countsOf']>;

  private constructor(of: {
    stored: StoredOutputs;
    gate: StoreGate;
    keys: DataKeySource;
    zones: ReadonlyMap<string, Zone>;
    storageRoom: StorageRoom | null;
    countsOf: NonNullable<OutputWriterOptions['countsOf']>;
  }) {
    const { stored, gate, keys, zones, storageRoom, countsOf } = of;
    this.#stored = stored;
    this.#gate = gate;
    this.#keys = keys;
    this.#zones = zones;
    this.#storageRoom = storageRoom;
    this.#countsOf = countsOf;
    this.reader = new OutputReader(
      stored,
      [...zones.values()].map((zone) => zone.spill),
      keys,
    );
  }

  /** Needs NATS, not the object store: while that is down, outputs are pending. Throws `bus-unavailable`. */
  static async open(options: OutputWriterOptions): Promise<OutputWriter> {
    const stored = new StoredOutputs(options);
    const gate = new StoreGate(options.log);
    const zones = new Map<string, Zone>();
    for (const name of options.zones) zones.set(name, await openZone(name, { ...options, stored, gate }));
    const { keys, storageRoom = null, countsOf = () => null } = options;
    return new OutputWriter({ stored, gate, keys, zones, storageRoom, countsOf });
  }

  /**
   * Why a call whose output is kept must be refused before it runs; null: it need not. `residency-unsatisfied`: the store is
   * outside of the zone; `output-store-full`.
   */
  refusal(zone: string): SovfnError | null {
    const { outside, spill, open } = this.#zone(zone);
    if (outside !== null) return outOfZone(outside);
    if (spill.room.isEnoughFor(open.size + 1)) return null;
    return new SovfnError('output-store-full', `the room for outputs of zone "${zone}" is used up`, {
      hint: 'Nothing was run. The operator frees room by bringing the object store back, or raises spillMb.',
    });
  }

  /**
   * The same for a call that nobody was promised: while its tenant may store no more, it is refused, too. Throws `storage-full`
   * and what `refusal` says.
   */
  assertRoom(zone: string, tenant: string): void {
    const refusal = this.refusal(zone);
    if (refusal !== null) throw refusal;
    this.#storageRoom?.assertRoom(tenant);
  }

  /** Whoever starts an output finishes or discards it. */
  start(output: OutputStart, { encrypt }: Pick<OutputPolicy, 'encrypt'> = { encrypt: false }): OutputSink {
    const { spill, open } = this.#zone(output.zone);
    const id = output.call ?? output.invocation;
    open.add(id);
    const counts = this.#countsOf(output.tenant, output.function);
    return new OutputSink({
      output,
      key: encrypt ? this.#keys.newest(output.tenant, 'outputs') : null,
      spill,
      stored: this.#stored,
      gate: this.#gate,
      onEnd: () => open.delete(id),
      onKept: (state, bytes) => {
        this.#storageRoom?.noteWritten(output.tenant, bytes);
        if (counts === null) return;
        counts[state]++;
        counts.bytes += bytes;
      },
    });
  }

  /**
   * Resolves when an output that `finish` left pending is in the object store. Throws what `signal` is aborted with, or
   * `bus-unavailable`.
   */
  async untilStored(output: OutputStart, signal: AbortSignal): Promise<void> {
    const { spill } = this.#zone(output.zone);
    while ((await spill.readEnd(output)) !== null) await delay(STORED_POLL_MS, undefined, { signal });
  }

  /** Outputs that wait for the object store, over all zones. */
  async pendingOutputs(): Promise<number> {
    const counts = await Promise.all([...this.#zones.values()].map(async ({ drain }) => drain.pending()));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Stops draining and waits for what is being moved. Open sinks must have ended before. */
  async close(): Promise<void> {
    await Promise.all([...this.#zones.values()].map(closeZone));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #zone(name: string): Zone {
    const zone = this.#zones.get(name);
    if (zone !== undefined) return zone;
    throw new SovfnError('residency-unsatisfied', `this gateway keeps no outputs of the zone "${name}"`, {
      hint: 'Add the zone to the gateway, or send the call to a gateway of that zone.',
    });
  }
}

async function openZone(
  zone: string,
  options: OutputWriterOptions & { readonly stored: StoredOutputs; readonly gate: StoreGate },
): Promise<Zone> {
  const { connection, stored, gate, log, place } = options;
  const { spillMb, replicas = 1 } = options;
  const spill = await SpillStream.open({ connection, zone, maxBytes: spillMb * MIB, replicas });
  const open = new Set<string>();
  const drain = await OutputDrain.start({ spill, stored, gate, log });
  const sweep = OrphanSweep.start({ spill, log, isOpen: (invocation) => open.has(invocation) });
  return { outside: storeOutsideOf(zone, place), spill, drain, sweep, open };
}

async function closeZone(zone: Zone): Promise<void> {
  zone.sweep.stop();
  await zone.drain.stop();
  zone.spill.close();
}
