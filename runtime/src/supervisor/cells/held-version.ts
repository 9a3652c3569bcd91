import { type FunctionLimits, HEAVY_CPU_MS, SovfnError } from '@sovfn/protocol';
import type { Grants } from '../bindings/grants.ts';
import type { VersionName } from '../code/bundle-store.ts';
import type { VersionCode } from '../code/version-code.ts';
import type { PlacedSecrets } from '../secrets/placed-secrets.ts';

/** A version where the tenant is known already. */
export type FunctionVersion = Omit<VersionName, 'tenant'>;

export function versionKey(version: FunctionVersion): string {
  return `${version.function}/${version.version}`;
}

export interface VersionReport {
  readonly calls: number;
  readonly cpuUs: number;
  readonly idleMs: number;
  readonly heldMb: number;
}

const NOTHING_YET: VersionReport = { calls: 0, cpuUs: 0, idleMs: 0, heldMb: 0 };
/** An isolate takes at least this, whatever its cell has said of it. MiB. */
const LEAST_HELD_MB = 2;

/** Calls over which the CPU time of one is measured: a single slow one says nothing. */
const MEASURED_CALLS = 10;
/** A function whose calls take this much CPU on average holds up those beside it. Microseconds. */
const HEAVY_MEAN_US = 100_000;

/** What is remembered of the code that was sent. */
interface SentCode extends Pick<VersionCode, 'limits' | 'vars'> {
  readonly grants: Grants;
}

/** A version that a cell has: from the moment its code is asked for until the cell says that it is gone. */
export class HeldVersion implements FunctionVersion {
  readonly function: string;
  readonly version: string;
  #state: 'loading' | 'loaded' | 'evicting' | 'gone' = 'loading';
  readonly #sent = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #loaded = Promise.withResolvers<void>();
  #sentCode: SentCode | null = null;
  #reported: VersionReport = NOTHING_YET;
  /** The report up to which `#meanCpuUs` has been measured. */
  #measured: VersionReport = NOTHING_YET;
  #meanCpuUs = 0;
  #usedAt = performance.now();

  constructor(version: FunctionVersion) {
    this.function = version.function;
    this.version = version.version;
    // Whoever waits hears of it; often nobody does.
    this.#sent.promise.catch(() => undefined);
    this.#loaded.promise.catch(() => undefined);
  }

  /** Resolves when the message `load` has been sent; rejects when it cannot be. */
  get whenSent(): Promise<void> {
    return this.#sent.promise;
  }

  /** Resolves when the cell no longer has it, for whatever reason; rejects after `limitMs`. */
  async whenGone(limitMs: number): Promise<void> {
    await within(this.#gone.promise, limitMs, 'gone');
  }

  get isLoaded(): boolean {
    return this.#state === 'loaded';
  }

  /** Calls may be placed on it. */
  get isUsable(): boolean {
    return this.#state === 'loading' || this.#state === 'loaded';
  }

  /** Null until its code has been sent. */
  get limits(): FunctionLimits | null {
    return this.#sentCode?.limits ?? null;
  }

  /** By its limits, or by what its calls have used of late, it holds the thread of its cell for long. */
  get isHeavy(): boolean {
    return (this.limits?.cpuMs ?? 0) >= HEAVY_CPU_MS || this.#meanCpuUs >= HEAVY_MEAN_US;
  }

  /** Resolves when the version takes calls; rejects when it never will, or after `limitMs`. */
  async whenLoaded(limitMs: number): Promise<void> {
    await within(this.#loaded.promise, limitMs, 'loaded');
  }

  /** When a call was in it last, or was placed on it. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** Memory that it takes in its cell, and what WebAssembly may take, which nobody counts. MiB. */
  get heldMb(): number {
    return Math.max(this.#reported.heldMb, LEAST_HELD_MB) + (this.limits?.wasmMemoryMb ?? 0);
  }

  /** No call is in it, and none was for `idleMs`. */
  isIdle(idleMs: number): boolean {
    return this.#state === 'loaded' && performance.now() - this.#usedAt >= idleMs;
  }

  /** What its code may reach; null until that code has been sent. */
  get grants(): Grants | null {
    return this.#sentCode?.grants ?? null;
  }

  /** The vars its code finds; none until that code has been sent. */
  get vars(): VersionCode['vars'] {
    return this.#sentCode?.vars ?? {};
  }

  /** The secrets that it has; null until that code has been sent. */
  get secrets(): PlacedSecrets | null {
    return this.#sentCode?.grants.secrets ?? null;
  }

  markSent({ limits, grants, vars }: VersionCode, secrets: PlacedSecrets): void {
    this.#sentCode = { limits, grants: { ...grants, secrets }, vars };
    this.#sent.resolve();
  }

  markLoaded(): void {
    if (this.#state === 'loading') this.#state = 'loaded';
    this.#loaded.resolve();
  }

  markEvicting(): void {
    this.#state = 'evicting';
  }

  markGone(reason: unknown): void {
    this.#state = 'gone';
    this.#sent.reject(reason);
    this.#loaded.reject(reason);
    this.#gone.resolve();
  }

  markUsed(): void {
    this.#usedAt = performance.now();
  }

  /** What the cell says of it, once a second. */
  report(report: VersionReport): void {
    this.#usedAt = Math.max(this.#usedAt, performance.now() - report.idleMs);
    this.#reported = report;
    const { calls, cpuUs } = report;
    const newCalls = calls - this.#measured.calls;
    if (newCalls < MEASURED_CALLS) return;
    this.#meanCpuUs = (cpuUs - this.#measured.cpuUs) / newCalls;
    this.#measured = this.#reported;
  }
}

export function notStarted(cell: string, reason: string): SovfnError {
  return new SovfnError('not-started', `the cell "${cell}" did not start the call: ${reason}`);
}

async function within(happened: Promise<void>, limitMs: number, state: string): Promise<void> {
  const late = Promise.withResolvers<never>();
  const error = new SovfnError('not-started', `a version was not ${state} within ${limitMs} ms`);
  const timer = setTimeout(() => late.reject(error), limitMs);
  try {
    await Promise.race([happened, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
