import { SovfnError } from '@sovfn/protocol';
import type { Grants } from '../broker/ask.ts';
import type { VersionName } from '../code/bundle-store.ts';
import type { VersionCode } from '../code/version-code.ts';
import type { HeldSecrets } from '../secrets/secret-reader.ts';

/** A version where the tenant is known already. */
export type FunctionVersion = Omit<VersionName, 'tenant'>;

export function versionKey(version: FunctionVersion): string {
  return `${version.function}/${version.version}`;
}

/** What is remembered of the code that was sent. */
type SentCode = Pick<VersionCode, 'limits' | 'grants' | 'vars'>;

/** A version that a cell has: from the moment its code is asked for until the cell says that it is gone. */
export class HeldVersion implements FunctionVersion {
  readonly function: string;
  readonly version: string;
  #state: 'loading' | 'loaded' | 'evicting' | 'gone' = 'loading';
  readonly #sent = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #loaded = Promise.withResolvers<void>();
  #sentCode: SentCode | null = null;
  #secrets: HeldSecrets | null = null;
  #calls = 0;
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

  /** Of its isolate, MiB; 0 until its code has been sent. */
  get memoryMb(): number {
    return this.#sentCode?.limits.memoryMb ?? 0;
  }

  /** Resolves when the version takes calls; rejects when it never will, or after `limitMs`. */
  async whenLoaded(limitMs: number): Promise<void> {
    await within(this.#loaded.promise, limitMs, 'loaded');
  }

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

  /** The secrets its code finds; null until that code has been sent. */
  get secrets(): HeldSecrets | null {
    return this.#secrets;
  }

  markSent({ limits, grants, vars, secrets }: SentCode & Pick<VersionCode, 'secrets'>): void {
    this.#sentCode = { limits, grants, vars };
    this.#secrets = secrets;
    this.#sent.resolve();
  }

  markRenewed(secrets: HeldSecrets): void {
    this.#secrets = secrets;
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

  /** Calls that the cell says it has started since it loaded the version. */
  report(calls: number): void {
    if (calls !== this.#calls) this.markUsed();
    this.#calls = calls;
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
