import type { PartName } from './layout.ts';
import type { PartSet } from './part-set.ts';
import type { Ports } from './ports.ts';
import type { PlatformUrls } from './record.ts';

export interface PlatformFacts {
  readonly data: string;
  /** Of the public port and of the control API's two listeners, without a slash at the end. */
  readonly urls: PlatformUrls;
  readonly ports: Ports;
  /** Addresses of the control APIs of gateways beside the first. */
  readonly furtherGateways: readonly string[];
  /** Bearer token of the control API. */
  readonly token: string;
  readonly tokenFile: string;
  /** Of the operator's listener. */
  readonly operatorToken: string;
  readonly operatorTokenFile: string;
}

/** A platform that is up; its owner stops it. */
export class RunningPlatform implements AsyncDisposable {
  readonly facts: PlatformFacts;
  /** Resolves when all parts have been stopped, for whatever reason; rejects when stopping failed. */
  readonly stopped: Promise<void>;
  readonly #parts: PartSet;
  readonly #resources: AsyncDisposableStack;
  readonly #stopped = Promise.withResolvers<void>();
  #isStopping = false;

  constructor(
    facts: PlatformFacts,
    parts: PartSet,
    { signal, resources }: { readonly signal: AbortSignal; readonly resources: AsyncDisposableStack },
  ) {
    this.facts = facts;
    this.stopped = this.#stopped.promise;
    this.#parts = parts;
    this.#resources = resources;
    if (signal.aborted) this.#beginStop();
    else signal.addEventListener('abort', () => this.#beginStop(), { once: true });
  }

  /** Process ids of the parts that run now. */
  get pids(): ReadonlyMap<PartName, number> {
    return this.#parts.pids;
  }

  /** Stops the parts in order; calls in flight get their time to finish. */
  async stop(): Promise<void> {
    this.#beginStop();
    return this.stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #beginStop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#resources.disposeAsync().then(this.#stopped.resolve, this.#stopped.reject);
  }
}
