import { SovfnError } from '@sovfn/protocol';
import type { FromCell } from '../../channel/messages.ts';
import type { Broker, CellBroker } from '../broker/cell-broker.ts';
import type { Grants } from '../broker/ask.ts';
import type { VersionCode } from '../code/version-code.ts';
import type { HeldSecrets } from '../secrets/secret-reader.ts';
import { type CellEnd, type EndCause, lost } from './cell-end.ts';
import type { CellProcess } from './cell-process.ts';
import { type FunctionVersion, HeldVersion, notStarted, versionKey } from './held-version.ts';

export interface TenantCellOptions {
  readonly process: CellProcess;
  readonly zone: string;
  readonly tenant: string;
  /** Of all cells together, MiB: no single one may hold more. */
  readonly nodeMemoryMb: number;
  /** Carries out what the cell's functions ask for. */
  readonly broker: Broker;
  readonly onLoaded: (cell: TenantCell, version: FunctionVersion, loadMs: number) => void;
  readonly onLoadFailed: (cell: TenantCell, version: FunctionVersion, outcome: string, message: string) => void;
  readonly onStats: (cell: TenantCell) => void;
}

/**
 * How a cell's life ended. `drained`: as it was told, every call finished. `retired`: by itself, because it had lost
 * NATS; its calls are lost. `crashed`: anything else, and what the supervisor had to kill.
 */
export interface TenantCellEnd extends EndCause {
  readonly kind: 'drained' | 'retired' | 'crashed';
  /** What it held. */
  readonly versions: readonly FunctionVersion[];
  /** Reply subjects of the calls it was given of late, which it may not have been able to claim. */
  readonly unclaimed: readonly string[];
}

/** What a new cell takes before it has done anything, with a margin (measured: 97). MiB. */
export const CELL_START_MB = 128;
/**
 * What a cell may take beside its isolates, when it is busy: Node, V8, the runtime's own code, answers under way. MiB.
 * Measured: 64 callers of 100 KB answers bring a cell with one isolate of 16 MiB to 177.
 */
const CELL_BASE_MB = 256;
/** Calls in flight that one cell, which runs them one at a time, should not have for long. */
const TARGET_IN_FLIGHT = 32;
/** Wait for a version that is being evicted, before it can be loaded again; an unused one goes at once. */
const EVICTED_MS = 5_000;
/** Resident memory of an isolate beside what its limit bounds, as a factor of the limit. */
const ISOLATE_OVERHEAD = 1.5;
/** Reports (one a second) after which the cell itself has said that it has a call. */
const CLAIMED_AFTER_REPORTS = 2;
/** Bytes of calls that a cell has not read yet: beyond this it is given no more. */
const UNREAD_BYTES = 16 * 1024 * 1024;

/** An assigned cell: the versions it holds, how busy it is, how much memory it may use. It ends with its process. */
export class TenantCell {
  readonly zone: string;
  readonly tenant: string;
  readonly ended: Promise<TenantCellEnd>;
  readonly #process: CellProcess;
  readonly #options: TenantCellOptions;
  readonly #broker: CellBroker;
  readonly #versions = new Map<string, HeldVersion>();
  /** `retiring`: the cell itself has said that it goes. */
  #state: 'serving' | 'draining' | 'retiring' | 'ended' = 'serving';
  #inFlight = 0;
  #placedSinceStats = 0;
  /** Reply subjects of the calls placed since each of the last reports, newest first. */
  #placed: string[][] = [[]];
  #busySeconds = 0;
  #usedAt = performance.now();
  #budgetMb = CELL_BASE_MB;

  constructor(options: TenantCellOptions) {
    this.#options = options;
    this.#process = options.process;
    this.zone = options.zone;
    this.tenant = options.tenant;
    this.#broker = this.#attachBroker();
    this.ended = this.#process.ended.then((end) => this.#onEnded(end));
    this.#raiseBudget();
  }

  get name(): string {
    return this.#process.name;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Resident memory at the last look, MiB. */
  get rssMb(): number {
    return this.#process.rssMb;
  }

  /** It takes new calls. */
  get isServing(): boolean {
    return this.#state === 'serving';
  }

  get versions(): ReadonlyMap<string, HeldVersion> {
    return this.#versions;
  }

  /** Reports in a row (one a second) with more than TARGET_IN_FLIGHT calls. */
  get busySeconds(): number {
    return this.#busySeconds;
  }

  /** Calls in flight by the cell's last report (one a second), and those placed since. */
  get inFlight(): number {
    return this.#inFlight + this.#placedSinceStats;
  }

  holds(version: FunctionVersion): boolean {
    return this.#versions.get(versionKey(version))?.isUsable ?? false;
  }

  /** It has held nothing, and nothing was asked of it, for `idleMs`. */
  isIdle(idleMs: number): boolean {
    return this.isServing && this.#versions.size === 0 && performance.now() - this.#usedAt >= idleMs;
  }

  /**
   * Resolves when the version has been sent to the cell; concurrent callers share one load. Throws what `prepare` throws,
   * or SovfnError `not-started` when the cell ends meanwhile.
   */
  async load(version: FunctionVersion, prepare: () => Promise<VersionCode>): Promise<void> {
    const held = this.#versions.get(versionKey(version));
    if (held === undefined) return this.#load(version, prepare);
    if (held.isUsable) return held.whenSent;
    await held.whenGone(EVICTED_MS);
    return this.load(version, prepare);
  }

  /** Gives the cell a call of a version it holds; it answers to `reply` itself. Throws `not-started` or `load-shed`. */
  run(version: FunctionVersion, reply: string, call: Uint8Array): void {
    const held = this.#versions.get(versionKey(version));
    if (held?.isUsable !== true || !this.isServing) throw notStarted(this.name, 'it has let go of the version');
    const { unsentBytes } = this.#process;
    if (unsentBytes > UNREAD_BYTES) {
      throw new SovfnError('load-shed', `the cell "${this.name}" has not read ${unsentBytes} bytes of calls`);
    }
    this.#process.send({ type: 'run', ...nameOf(version), reply }, [call]);
    this.#placedSinceStats++;
    this.#placed[0]?.push(reply);
    this.#usedAt = performance.now();
    held.markUsed();
  }

  /** Calls of the version from now on find these secrets. */
  renew(version: FunctionVersion, secrets: HeldSecrets): void {
    const held = this.#versions.get(versionKey(version));
    if (held?.isUsable !== true || !this.isServing) return;
    held.markRenewed(secrets);
    const environment = { vars: held.vars, secrets: secrets.values, bindings: bindingTypes(held.grants) };
    this.#process.send({ type: 'renew', ...nameOf(held), ...environment });
  }

  /** The cell finishes the calls of the version and lets go of it. */
  evict(version: FunctionVersion): void {
    const held = this.#versions.get(versionKey(version));
    if (held?.isLoaded !== true) return;
    held.markEvicting();
    this.#process.send({ type: 'evict', ...nameOf(version) });
  }

  /** It takes nothing new, finishes what it has and exits; after `limitMs` it is killed. */
  drain(limitMs: number): void {
    if (this.#state !== 'serving') return;
    this.#state = 'draining';
    this.#process.send({ type: 'drain' });
    const timer = setTimeout(() => this.kill(lost(`was not drained within ${limitMs} ms`)), limitMs);
    void this.ended.then(() => clearTimeout(timer));
  }

  kill(cause: EndCause): void {
    this.#process.kill(cause);
  }

  /** What the cell says once it is assigned. Hostile: a version that it does not have is ignored. */
  onMessage(message: FromCell, tail: Buffer): void {
    switch (message.type) {
      case 'loaded':
        return this.#onLoaded(message);
      case 'load-failed':
        return this.#onLoadFailed(message);
      case 'evicted':
        return this.#release(message, notStarted(this.name, 'it has let go of the version'));
      case 'stats':
        return this.#onStats(message);
      case 'retiring':
        if (this.#state === 'serving') this.#state = 'retiring';
        return;
      case 'ask':
      case 'ask-frame':
        return this.#broker.onMessage(message, tail);
      case 'ready':
      case 'assigned':
        return;
    }
  }

  #attachBroker(): CellBroker {
    const { broker, process, zone, tenant } = this.#options;
    return broker.attach({
      zone,
      tenant,
      link: {
        send: ({ v: _, ...message }, tail) => process.send(message, tail),
        get isCongested() {
          return process.isCongested;
        },
        onceDrained: (callback) => process.onceDrained(callback),
      },
      grantsOf: (name, version) => this.#versions.get(versionKey({ function: name, version }))?.grants ?? null,
    });
  }

  async #load(version: FunctionVersion, prepare: () => Promise<VersionCode>): Promise<void> {
    const held = new HeldVersion(version);
    this.#versions.set(versionKey(version), held);
    this.#usedAt = performance.now();
    try {
      this.#sendCode(held, await prepare());
    } catch (error) {
      this.#release(version, error);
    }
    return held.whenSent;
  }

  #sendCode(held: HeldVersion, code: VersionCode): void {
    if (!this.isServing) throw notStarted(this.name, 'it has ended');
    const { limits, vars, secrets, grants, script, cache, sourceMap } = code;
    const environment = { vars, secrets: secrets.values, bindings: bindingTypes(grants) };
    const lengths = { sourceBytes: script.length, cacheBytes: cache.length, mapBytes: sourceMap.length };
    this.#process.send({ type: 'load', ...nameOf(held), limits, ...environment, ...lengths }, [
      script,
      cache,
      sourceMap,
    ]);
    held.markSent(code);
    this.#raiseBudget();
  }

  #onLoaded(message: Extract<FromCell, { type: 'loaded' }>): void {
    const held = this.#versions.get(versionKey(message));
    if (held === undefined) return;
    held.markLoaded();
    this.#options.onLoaded(this, held, message.loadMs);
  }

  #onLoadFailed(message: Extract<FromCell, { type: 'load-failed' }>): void {
    if (!this.#versions.has(versionKey(message))) return;
    this.#release(message, notStarted(this.name, message.message));
    this.#options.onLoadFailed(this, nameOf(message), message.outcome, message.message);
  }

  #onStats(stats: Extract<FromCell, { type: 'stats' }>): void {
    this.#inFlight = stats.inFlight;
    this.#busySeconds = stats.inFlight > TARGET_IN_FLIGHT ? this.#busySeconds + 1 : 0;
    this.#placedSinceStats = 0;
    this.#placed = [[], ...this.#placed.slice(0, CLAIMED_AFTER_REPORTS)];
    for (const use of stats.versions) this.#versions.get(versionKey(use))?.report(use.calls);
    this.#options.onStats(this);
  }

  #release(version: FunctionVersion, reason: unknown): void {
    const held = this.#versions.get(versionKey(version));
    this.#versions.delete(versionKey(version));
    this.#usedAt = performance.now();
    held?.markGone(reason);
  }

  #onEnded({ isOrderly, ...cause }: CellEnd): TenantCellEnd {
    const state = this.#state;
    this.#state = 'ended';
    this.#broker.close();
    const reason = notStarted(this.name, `it ended: ${cause.reason}`);
    const versions = [...this.#versions.values()];
    for (const held of versions) this.#release(held, reason);
    const end = { ...cause, versions, unclaimed: this.#placed.flat() };
    if (isOrderly && state === 'draining') return { ...end, kind: 'drained' };
    return { ...end, kind: isOrderly && state === 'retiring' ? 'retired' : 'crashed' };
  }

  /** Never lowered: a process does not give back the memory of an isolate that is gone, but uses it again. */
  #raiseBudget(): void {
    let isolatesMb = 0;
    for (const held of this.#versions.values()) isolatesMb += held.memoryMb * ISOLATE_OVERHEAD;
    this.#budgetMb = Math.max(this.#budgetMb, CELL_BASE_MB + isolatesMb);
    this.#process.setMemoryBudget(Math.min(this.#budgetMb, this.#options.nodeMemoryMb));
  }
}

function bindingTypes(grants: Grants | null) {
  return Object.fromEntries([...(grants?.bindings ?? [])].map(([name, { type }]) => [name, type]));
}

function nameOf(version: FunctionVersion): FunctionVersion {
  return { function: version.function, version: version.version };
}
