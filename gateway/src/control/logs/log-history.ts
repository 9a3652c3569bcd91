/**
 * The newest entries that there are of a function's logs, as far as they were asked for. A stream and its archive can be read
 * forwards only, so what is read begins a minute ago, and further back until there is enough.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import type { DataKeySource } from '@sovfn/bus/encryption';
import type { LogHistory } from '@sovfn/protocol';
import type { FunctionName } from '../../outputs/output-address.ts';
import type { BusWatch } from './bus-watch.ts';
import { CallGate } from './call-gate.ts';
import { EntryReader } from './entry-reader.ts';
import type { LogArchive } from './log-archive.ts';
import type { LogFilter } from './log-filter.ts';
import { NewestEntries } from './newest-entries.ts';
import { ZoneLog } from './zone-log.ts';

export interface LogHistoryOptions {
  readonly connection: NatsConnection;
  readonly keys: DataKeySource;
  readonly busWatch: BusWatch;
  readonly archive: LogArchive | null;
  readonly keptSince: Date;
  readonly zones: readonly string[];
  readonly of: FunctionName;
  /** Nothing that was asked for was stored before. */
  readonly from: Date;
  readonly filter: LogFilter;
  /** Of the newest entries. */
  readonly limit: number;
  /** Ends the reading early. */
  readonly signal: AbortSignal;
  readonly onInvalid: (reason: string) => void;
}

/** How far back it is looked, until there is enough. Milliseconds. */
const STEPS_MS = [60_000, 900_000, 14_400_000, 86_400_000, 604_800_000, 2_592_000_000];
/** An entry is stored a moment after it was written, and clocks differ. Milliseconds. */
const STORED_LATER_MS = 10_000;

/** Throws `bus-unavailable`, and what the signal is aborted with. */
export async function readHistory(options: LogHistoryOptions): Promise<Omit<LogHistory, 'v'>> {
  const { from, filter } = options;
  const end = filter.until?.getTime() ?? Date.now();
  // Of one call or event there is little, and its id says where it begins.
  const isKnown = filter.invocation !== undefined || filter.event !== undefined;
  const steps = isKnown ? [] : STEPS_MS.map((ms) => new Date(end - ms)).filter((begin) => begin > from);
  for (const begin of steps) {
    const found = await readFrom(begin, options);
    if (found.hasOlder) return found;
  }
  return readFrom(from, options);
}

async function readFrom(begin: Date, options: LogHistoryOptions): Promise<Omit<LogHistory, 'v'>> {
  const newest = new NewestEntries(options.limit);
  await Promise.all(options.zones.map((zone) => readZone(zone, begin, options, newest)));
  return newest.inOrder();
}

async function readZone(zone: string, begin: Date, options: LogHistoryOptions, newest: NewestEntries): Promise<void> {
  const { filter, signal } = options;
  const log = await ZoneLog.open({ ...options, zone, from: begin, follow: false });
  const close = (): void => void log.close();
  signal.addEventListener('abort', close, { once: true });
  const [gate, reader] = [new CallGate(filter), new EntryReader(zone, log.place)];
  const last = filter.until === null ? Infinity : filter.until.getTime() + STORED_LATER_MS;
  try {
    for await (const stored of log.batches()) {
      if (stored === 'unreadable') newest.addGap(zone, null);
      if (typeof stored === 'string') continue;
      if (stored.storedAt.getTime() > last) break;
      const { missing, entries, dropped } = reader.read(stored);
      newest.addGap(zone, missing);
      for (const { event } of entries) for (const passed of gate.pass(event).entries) newest.add(passed);
      newest.addGap(zone, dropped);
    }
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener('abort', close);
    await log.close();
  }
}
