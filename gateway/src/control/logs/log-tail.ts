/**
 * A function's log for one reader, as server-sent events: `start`, `log` for an entry, with the reader's position as id;
 * `gap` wherever entries are missing; a comment as heartbeat, also at the beginning. It reads no faster than its reader, so
 * little waits here, and a reader that comes back with its last id goes on behind it.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import type { DataKeySource } from '@sovfn/bus/encryption';
import { type LogGap, PROTOCOL_VERSION } from '@sovfn/protocol';
import { Readable } from 'node:stream';
import type { FunctionName } from '../../outputs/output-address.ts';
import type { LogPosition } from '../../archive/log-place.ts';
import type { BusWatch } from './bus-watch.ts';
import { CallGate } from './call-gate.ts';
import { EntryReader, type ReadBatch } from './entry-reader.ts';
import { formatCursor, type LogCursor } from './log-cursor.ts';
import type { LogArchive } from './log-archive.ts';
import type { LogFilter } from './log-filter.ts';
import { ZoneLog } from './zone-log.ts';

export interface LogTailOptions {
  readonly connection: NatsConnection;
  readonly keys: DataKeySource;
  readonly busWatch: BusWatch;
  readonly archive: LogArchive | null;
  readonly keptSince: Date;
  /** Zones in which the function may run or have run. */
  readonly zones: readonly string[];
  readonly of: FunctionName;
  /** `now` for what is logged from now on. A zone that a cursor does not name is read from its beginning. */
  readonly from: LogCursor | Date | 'now';
  readonly filter: LogFilter;
  readonly onInvalid: (reason: string) => void;
}

const BUFFER_BYTES = 256 * 1024;
const HEARTBEAT_MS = 15_000;

export class LogTail extends Readable {
  readonly #logs: readonly ZoneLog[];
  readonly #gate: CallGate;
  readonly #positions: Map<string, LogPosition>;
  readonly #heartbeat: NodeJS.Timeout;
  #room = Promise.withResolvers<void>();
  #hasRoom = true;

  /** Resolves when every entry that is stored from then on will be seen. */
  static async open(options: LogTailOptions): Promise<LogTail> {
    const { zones, from, filter: _filter, ...reading } = options;
    const startOf = (zone: string) => (from instanceof Date || from === 'now' ? from : (from.get(zone) ?? null));
    const logs = await Promise.all(
      zones.map((zone) => ZoneLog.open({ ...reading, zone, from: startOf(zone), follow: true })),
    );
    return new LogTail(logs, options.filter);
  }

  private constructor(logs: readonly ZoneLog[], filter: LogFilter) {
    super({ highWaterMark: BUFFER_BYTES });
    this.#logs = logs;
    this.#gate = new CallGate(filter);
    this.#positions = new Map(logs.map((log) => [log.zone, log.place.start]));
    this.#heartbeat = setInterval(() => this.#sendHeartbeat(), HEARTBEAT_MS);
    this.#push(`event: start\nid: ${this.#cursor}\ndata: {}\n\n: heartbeat\n\n`);
    for (const { place } of logs) if (place.loss !== null) this.#sendGap(place.loss, null);
    for (const log of logs) void this.#follow(log);
  }

  override _read(): void {
    this.#hasRoom = true;
    this.#room.resolve();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#heartbeat);
    this.#room.resolve();
    Promise.all(this.#logs.map((log) => log.close())).then(
      () => done(error),
      () => done(error),
    );
  }

  async #follow(log: ZoneLog): Promise<void> {
    const reader = new EntryReader(log.zone, log.place);
    try {
      for await (const stored of log.batches()) {
        if (typeof stored === 'string') this.#sendGap(stored, null);
        else this.#sendBatch(log.zone, reader.read(stored));
        while (!this.#hasRoom && !this.destroyed) await this.#room.promise;
      }
      this.destroy();
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  #sendBatch(zone: string, { missing, entries, dropped, next: behind }: ReadBatch): void {
    if (missing > 0) this.#sendGap('dropped', missing);
    for (const { event, next } of entries) {
      this.#positions.set(zone, next);
      const { entries: passed, unmatched } = this.#gate.pass(event);
      if (unmatched > 0) this.#sendGap('unmatched', unmatched);
      for (const entry of passed) this.#push(`event: log\nid: ${this.#cursor}\ndata: ${JSON.stringify(entry)}\n\n`);
    }
    this.#positions.set(zone, behind);
    if (dropped > 0) this.#sendGap('dropped', dropped);
  }

  #sendGap(reason: LogGap['reason'], count: number | null): void {
    const gap: LogGap = { v: PROTOCOL_VERSION, reason, count };
    this.#push(`event: gap\nid: ${this.#cursor}\ndata: ${JSON.stringify(gap)}\n\n`);
  }

  #sendHeartbeat(): void {
    if (this.#hasRoom) this.#push(': heartbeat\n\n');
  }

  #push(block: string): void {
    if (this.destroyed || this.push(block)) return;
    if (this.#hasRoom) this.#room = Promise.withResolvers<void>();
    this.#hasRoom = false;
  }

  get #cursor(): string {
    return formatCursor(this.#positions);
  }
}
