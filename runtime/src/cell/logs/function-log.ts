/**
 * The log of one version of a function in this cell: console lines, and how calls ended. Entries leave in batches, at
 * once when it was quiet, else BATCH_MS apart.
 *
 * Guarantees: logs never hold up a call or fail one; what is held here is bounded; entries have numbers, and those that are
 * dropped (the function logs too fast, the bus does not take them) have some too, so readers see that they are missing.
 * Not guaranteed: entries of a cell that is killed before it has sent them.
 */
import { DataKey, sealPiece } from '@sovfn/bus/encryption';
import type { WireConnection } from '@sovfn/bus/wire';
import {
  CALLER_HEADER,
  EVENT_HEADERS,
  findHeader,
  LOG_BURST_BYTES,
  LOG_BYTES_PER_SECOND,
  LOG_PATH_LENGTH,
  type LogBatch,
  type LogEntry,
  type LogLevel,
  logPlace,
  logSubject,
  PROTOCOL_VERSION,
  type Runner,
  SILENT_ENDS_PER_SECOND,
} from '@sovfn/protocol';
import type { CallEnding, ServedCall } from '../call.ts';
import type { LogKey } from '../code.ts';
import { cutLine } from './cut-line.ts';
import { RateBudget } from './rate-budget.ts';

export interface FunctionLogOptions {
  readonly connection: Pick<WireConnection, 'isOpen' | 'isCongested' | 'publish'>;
  readonly runner: Runner;
  readonly zone: string;
  readonly tenant: string;
  readonly name: string;
  readonly version: string;
  /** Null: the log goes out in clear. */
  readonly logKey: LogKey | null;
}

/** What an entry says of the call that it belongs to. */
type LoggedCall = Pick<ServedCall, 'call'>;

const BATCH_MS = 25;
/** A batch that has grown so large leaves at once. Bytes. */
const BATCH_BYTES = 64 * 1024;
/** Of an entry besides its text. Bytes. */
const ENTRY_BYTES = 160;
const ORIGIN_AND_PATH = /^[a-z]+:\/\/[^/?]*([^?]*)/;

export class FunctionLog {
  readonly #options: FunctionLogOptions;
  readonly #subject: string;
  readonly #key: DataKey | null;
  readonly #budget = new RateBudget(LOG_BURST_BYTES, LOG_BYTES_PER_SECOND);
  readonly #silentEnds = new RateBudget(SILENT_ENDS_PER_SECOND, SILENT_ENDS_PER_SECOND);
  #entries: LogEntry[] = [];
  #bytes = 0;
  /** Behind `#entries`: once one is dropped, the others are until the batch has left, so that the order stays. */
  #dropped = 0;
  /** Number of the next batch's first entry. */
  #next = 0;
  #omittedEnds = 0;
  #timer: NodeJS.Timeout | null = null;
  #sentAt = -Infinity;

  constructor(options: FunctionLogOptions) {
    this.#options = options;
    const { zone, tenant, name, logKey } = options;
    this.#subject = logSubject({ zone, tenant, function: name });
    this.#key = logKey === null ? null : dataKeyOf(tenant, logKey);
  }

  /** A line of the console. `served`: the call that wrote it, or null for the module itself. */
  line(served: LoggedCall | null, level: LogLevel, text: string): void {
    this.#add({ ...factsOf(served), level, text, end: null });
  }

  /** The call is over. One of many that went well and logged nothing is only counted, unless the owner waits for it. */
  end(served: ServedCall, { outcome, status, wallUs, errorText }: CallEnding): void {
    const isSilent = outcome === 'ok' && errorText === '' && served.logBytes === 0;
    if (isSilent && !this.#silentEnds.take(1) && !isByOwner(served)) return void this.#omittedEnds++;
    const { trigger, method, url, headers } = served.call;
    const call = { trigger, method, path: pathOf(url), status, outcome, cold: served.isCold };
    const used = { cpuUs: Math.round(served.cpuUs), wallUs: Math.round(wallUs) };
    const end = { ...call, ...used, omitted: this.#omittedEnds, events: trigger === 'queue' ? eventsOf(headers) : [] };
    const level = outcome === 'ok' && errorText === '' ? 'info' : outcome === 'canceled' ? 'warn' : 'error';
    if (this.#add({ ...factsOf(served), level, text: cutLine(errorText), end })) this.#omittedEnds = 0;
  }

  /** Sends what waits. */
  close(): void {
    this.#flush();
  }

  /** False: it was dropped. The end of a call is more than its lines, and may use as much again. */
  #add(entry: LogEntry): boolean {
    const bytes = ENTRY_BYTES + entry.text.length;
    if (entry.end !== null && this.#dropped > 0) this.#flush();
    const isKept = this.#dropped === 0 && this.#budget.take(bytes, entry.end === null ? 0 : LOG_BURST_BYTES);
    if (isKept) {
      this.#entries.push(entry);
      this.#bytes += bytes;
    } else {
      this.#dropped++;
    }
    if (this.#bytes >= BATCH_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), this.#pauseMs()).unref();
    return isKept;
  }

  #pauseMs(): number {
    return Math.max(0, this.#sentAt + BATCH_MS - performance.now());
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const [entries, dropped] = [this.#entries, this.#dropped];
    if (entries.length + dropped === 0) return;
    const { connection, runner, name, version } = this.#options;
    const names = { function: name, version, node: runner.node, source: runner.cell };
    const batch: LogBatch = { v: PROTOCOL_VERSION, ...names, first: this.#next, entries, dropped };
    this.#next += entries.length + dropped;
    this.#entries = [];
    this.#bytes = 0;
    this.#dropped = 0;
    this.#sentAt = performance.now();
    if (!connection.isOpen || connection.isCongested) return;
    connection.publish(this.#subject, this.#sealed(Buffer.from(JSON.stringify(batch), 'utf8')));
  }

  #sealed(batch: Buffer): Buffer {
    return this.#key === null ? batch : sealPiece(this.#key, logPlace(this.#subject), batch);
  }
}

function dataKeyOf(tenant: string, { generation, key }: LogKey): DataKey {
  return new DataKey({ tenant, purpose: 'logs', generation }, Buffer.from(key, 'base64'));
}

function factsOf(served: LoggedCall | null): Pick<LogEntry, 'time' | 'invocation' | 'event' | 'attempt'> {
  const time = new Date().toISOString();
  if (served === null) return { time, invocation: null, event: null, attempt: null };
  const { invocation, trigger, headers } = served.call;
  if (trigger === 'http' || trigger === 'service') return { time, invocation, event: null, attempt: null };
  const attempt = findHeader(headers, EVENT_HEADERS.attempt);
  const event = findHeader(headers, EVENT_HEADERS.event);
  return { time, invocation, event, attempt: attempt === null ? null : Number(attempt) };
}

function eventsOf(headers: string): string[] {
  return findHeader(headers, EVENT_HEADERS.batch)?.split(',') ?? [];
}

function isByOwner({ call }: LoggedCall): boolean {
  return findHeader(call.headers, CALLER_HEADER) !== null;
}

function pathOf(url: string): string {
  return (ORIGIN_AND_PATH.exec(url)?.[1] ?? '').slice(0, LOG_PATH_LENGTH);
}
