import { SovfnError } from '@sovfn/protocol';
import type { FromCell } from '../../channel/messages.ts';
import type { CellAsks } from '../../asks/cell-asks.ts';
import type { ManifestGrants } from '../bindings/grants.ts';
import type { NodeBindings } from '../bindings/node-bindings.ts';
import type { VersionCode } from '../code/version-code.ts';
import type { BrokerCell } from '../egress/broker-process.ts';
import type { NodeBroker } from '../egress/node-broker.ts';
import { PlacedSecrets } from '../secrets/placed-secrets.ts';
import type { AskedCalls } from '../receipts/node-receipts.ts';
import type { HeldSecrets } from '../secrets/secret-reader.ts';
import { type CellEnd, type EndCause, lost } from './cell-end.ts';
import type { CellProcess } from './cell-process.ts';
import { CellReports } from './cell-reports.ts';
import type { Lane } from './choose-cell.ts';
import { type FunctionVersion, HeldVersion, notStarted, versionKey } from './held-version.ts';

export interface TenantCellOptions {
  readonly process: CellProcess;
  readonly zone: string;
  readonly tenant: string;
  readonly lane: Lane;
  /** Of all cells together, MiB: no single one may hold more. */
  readonly nodeMemoryMb: number;
  /** Carries out what the cell's functions ask of their bindings. */
  readonly bindings: NodeBindings;
  /** And what they ask of the outside. */
  readonly broker: NodeBroker;
  readonly onLoaded: (cell: TenantCell, version: FunctionVersion, loadMs: number) => void;
  readonly onLoadFailed: (cell: TenantCell, version: FunctionVersion, outcome: string, message: string) => void;
  readonly onStats: (cell: TenantCell) => void;
  /** Records of calls that are over. Hostile. */
  readonly onStatements: (cell: TenantCell, version: FunctionVersion, records: Buffer, asked: AskedCalls) => void;
  /** It has come near to its memory budget: said once each time. */
  readonly onNearlyFull: (cell: TenantCell) => void;
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
/** Wait for a version that is being evicted, before it can be loaded again; an unused one goes at once. */
const EVICTED_MS = 5_000;
/** Resident memory of an isolate beside what its limit bounds, as a factor of the limit. */
const ISOLATE_OVERHEAD = 1.5;
const MESSAGE_LENGTH = 1_024;
/** Bytes of calls that a cell has not read yet: beyond this it is given no more. */
const UNREAD_BYTES = 16 * 1024 * 1024;

/** An assigned cell: the versions it holds, how busy it is, how much memory it may use. It ends with its process. */
export class TenantCell {
  readonly zone: string;
  readonly tenant: string;
  readonly lane: Lane;
  readonly ended: Promise<TenantCellEnd>;
  /** What it has said of itself of late. */
  readonly reports = new CellReports();
  readonly #process: CellProcess;
  readonly #options: TenantCellOptions;
  readonly #asks: CellAsks;
  /** As the broker knows it. */
  readonly #brokerCell: BrokerCell;
  readonly #versions = new Map<string, HeldVersion>();
  /** `retiring`: the cell itself has said that it goes. */
  #state: 'serving' | 'draining' | 'retiring' | 'ended' = 'serving';
  #usedAt = performance.now();
  #budgetMb = CELL_BASE_MB;

  constructor(options: TenantCellOptions) {
    this.#options = options;
    this.#process = options.process;
    this.zone = options.zone;
    this.tenant = options.tenant;
    this.lane = options.lane;
    this.#asks = this.#takeAsks();
    this.#brokerCell = this.#makeBrokerCell();
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

  /** MiB that it may hold. */
  get budgetMb(): number {
    return Math.min(this.#budgetMb, this.#options.nodeMemoryMb);
  }

  /** Longest time that a call of what it holds may take, work after the answer included. Milliseconds. */
  get longestCallMs(): number {
    const allLimits = [...this.#versions.values()].map(({ limits }) => limits);
    return Math.max(0, ...allLimits.map((limits) => (limits === null ? 0 : limits.wallMs + limits.waitUntilMs)));
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
    this.reports.onPlaced(reply);
    this.#usedAt = performance.now();
    held.markUsed();
  }

  /** From now on requests of the version are sent with these secrets, and its calls find those that it reads itself. */
  renew(version: FunctionVersion, secrets: HeldSecrets): void {
    const held = this.#versions.get(versionKey(version));
    if (held?.isUsable !== true || !this.isServing || held.secrets === null) return;
    const isOther = held.secrets.renew(secrets);
    this.#options.broker.regrant(this.#brokerCell, held.function, held.version);
    if (!isOther) return;
    const environment = {
      ...{ vars: held.vars, secrets: held.secrets.environment },
      bindings: bindingTypes(held.grants),
    };
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
    if (this.#state === 'ended') return;
    if (this.#state === 'serving') {
      this.#state = 'draining';
      this.#process.send({ type: 'drain' });
    }
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
      case 'statements':
        // Of a version that it has let go of, or never had, it has nothing to say.
        if (this.#versions.has(versionKey(message))) this.#sayStatements(message, tail);
        return;
      case 'retiring':
        if (this.#state === 'serving') this.#state = 'retiring';
        return;
      case 'broker-wanted':
        return void this.#options.broker.want(this.#brokerCell);
      case 'ask':
      case 'ask-frame':
        return this.#asks.onMessage(message, tail);
      case 'ready':
      case 'assigned':
        return;
    }
  }

  #takeAsks(): CellAsks {
    const { bindings, process, zone, tenant } = this.#options;
    return bindings.attach({
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

  #makeBrokerCell(): BrokerCell {
    const { zone, tenant } = this;
    return {
      ...{ name: this.name, zone, tenant },
      hasEnded: () => this.#state === 'ended',
      grantOf: (name, version) => {
        const grants = this.#versions.get(versionKey({ function: name, version }))?.grants ?? null;
        return grants === null ? null : { egress: [...grants.egress], secrets: grants.secrets.forBroker };
      },
      onMisdeed: (reason) => this.kill(lost(`broke the channel to the broker: ${reason}`)),
      onNoBroker: (message) => this.#process.send({ type: 'no-broker', message: message.slice(0, MESSAGE_LENGTH) }),
    };
  }

  #sayStatements(message: Extract<FromCell, { type: 'statements' }>, records: Buffer): void {
    this.#options.onStatements(this, nameOf(message), records, new Map(message.asked));
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
    const { limits, vars, logKey, grants, script, cache, sourceMap } = code;
    const secrets = new PlacedSecrets(code.secretUses, code.secrets);
    const environment = { vars, secrets: secrets.environment, bindings: bindingTypes(grants) };
    const lengths = { sourceBytes: script.length, cacheBytes: cache.length, mapBytes: sourceMap.length };
    const key = { generation: logKey.name.generation, key: logKey.secret.export().toString('base64') };
    this.#process.send({ type: 'load', ...nameOf(held), limits, ...environment, logKey: key, ...lengths }, [
      script,
      cache,
      sourceMap,
    ]);
    held.markSent(code, secrets);
    // So that the first request does not wait for the broker's start.
    if (grants.egress.length > 0) this.#options.broker.expect(this.#brokerCell);
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
    this.reports.onStats(stats, { rssMb: this.rssMb, budgetMb: this.budgetMb });
    if (this.reports.fullSeconds === 1) this.#options.onNearlyFull(this);
    for (const use of stats.versions) this.#versions.get(versionKey(use))?.report(use);
    this.#process.share.look(performance.now(), this.reports.callsStarted);
    this.#options.onStats(this);
  }

  #release(version: FunctionVersion, reason: unknown): void {
    const held = this.#versions.get(versionKey(version));
    this.#versions.delete(versionKey(version));
    this.#usedAt = performance.now();
    held?.markGone(reason);
    this.#options.broker.regrant(this.#brokerCell, version.function, version.version);
  }

  #onEnded({ isOrderly, ...cause }: CellEnd): TenantCellEnd {
    const state = this.#state;
    this.#state = 'ended';
    this.#asks.close();
    const reason = notStarted(this.name, `it ended: ${cause.reason}`);
    const versions = [...this.#versions.values()];
    for (const held of versions) this.#release(held, reason);
    const end = { ...cause, versions, unclaimed: this.reports.unclaimed };
    if (isOrderly && state === 'draining') return { ...end, kind: 'drained' };
    return { ...end, kind: isOrderly && state === 'retiring' ? 'retired' : 'crashed' };
  }

  /** Never lowered: a process does not give back the memory of an isolate that is gone, but uses it again. */
  #raiseBudget(): void {
    let isolatesMb = 0;
    for (const held of this.#versions.values()) isolatesMb += (held.limits?.memoryMb ?? 0) * ISOLATE_OVERHEAD;
    this.#budgetMb = Math.max(this.#budgetMb, CELL_BASE_MB + isolatesMb);
    this.#process.setMemoryBudget(this.budgetMb);
  }
}

function bindingTypes(grants: ManifestGrants | null) {
  return Object.fromEntries([...(grants?.bindings ?? [])].map(([name, { type }]) => [name, type]));
}

function nameOf(version: FunctionVersion): FunctionVersion {
  return { function: version.function, version: version.version };
}
