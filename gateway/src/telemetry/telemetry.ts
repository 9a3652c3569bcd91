/**
 * Sends spans and metrics to a receiver of OTLP, while calls go on.
 *
 * Guarantees: a receiver that is slow, away or refuses holds up nothing but this; what is lost is logged, once until it
 * goes well again. Not guaranteed: that all spans arrive (see KeptSpans).
 */
import { setImmediate as othersTurn } from 'node:timers/promises';
import type { Log } from '../logger.ts';
import { logTelemetryBack, logTelemetryFailed } from './events.ts';
import { groupSpans } from './group-spans.ts';
import type { KeptSpans } from './kept-spans.ts';
import { attributes, type OtlpAttribute, type OtlpReceiver, sendOtlp, type Signal } from './otlp.ts';

export interface TelemetryOptions {
  readonly receiver: OtlpReceiver;
  readonly gateway: string;
  readonly version: string;
  readonly spans: readonly KeptSpans[];
  readonly collectMetrics: () => Promise<object[]>;
  readonly metricsEveryMs: number;
  readonly log: Log;
}

const SPANS_EVERY_MS = 1_000;
const SPANS_AT_ONCE = 512;
/** For what is left when the gateway stops. */
const LAST_MS = 2_000;
/** The pause after a failure is doubled for each that follows. */
const LONGEST_PAUSE_MS = 60_000;

export class Telemetry implements AsyncDisposable {
  readonly #options: TelemetryOptions;
  readonly #resource: { readonly attributes: readonly OtlpAttribute[] };
  readonly #scope: { readonly name: string; readonly version: string };
  readonly #timers: NodeJS.Timeout[];
  readonly #failing = new Set<Signal>();
  readonly #ending = new AbortController();
  #sending: Promise<void> = Promise.resolve();
  #isSending = false;
  #pauseMs = SPANS_EVERY_MS;
  #pausedUntil = 0;

  constructor(options: TelemetryOptions) {
    const { gateway, version, metricsEveryMs } = options;
    this.#options = options;
    this.#resource = {
      attributes: attributes({
        'service.name': 'sovfn-gateway',
        'service.instance.id': gateway,
        'service.version': version,
      }),
    };
    this.#scope = { name: 'sovfn', version };
    this.#timers = [
      setInterval(() => this.#do(() => this.#sendSpans()), SPANS_EVERY_MS).unref(),
      setInterval(() => void this.#sendMetrics(), metricsEveryMs).unref(),
    ];
  }

  /** What has been kept is sent, once, if that takes no longer than LAST_MS. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const giveUp = setTimeout(() => this.#ending.abort(new Error('the gateway is stopping')), LAST_MS);
    await this.#sending;
    await Promise.all([this.#sendSpans(), this.#sendMetrics()]);
    clearTimeout(giveUp);
  }

  #do(work: () => Promise<void>): void {
    if (this.#isSending || performance.now() < this.#pausedUntil) return;
    this.#isSending = true;
    this.#sending = work().finally(() => (this.#isSending = false));
  }

  async #sendSpans(): Promise<void> {
    for (const spans of this.#options.spans) {
      if (!(await this.#sendAll(spans))) return this.#pause();
    }
  }

  /** False: the receiver does not want more now. */
  async #sendAll(spans: KeptSpans): Promise<boolean> {
    const { receiver } = this.#options;
    while (spans.size > 0) {
      const some = spans.take(SPANS_AT_ONCE);
      const { result, reason } = await sendOtlp(receiver, {
        signal: 'traces',
        document: { resourceSpans: groupSpans(some, { resource: this.#resource, scope: this.#scope }) },
        ending: this.#ending.signal,
      });
      if (result === 'again') spans.giveBack(some);
      const lost = spans.takeDropped() + (result === 'refused' ? some.length : 0);
      this.#note('traces', reason, lost);
      if (result !== 'sent') return false;
      this.#pauseMs = SPANS_EVERY_MS;
      await othersTurn();
    }
    return true;
  }

  async #sendMetrics(): Promise<void> {
    const { receiver, collectMetrics } = this.#options;
    try {
      const scopeMetrics = [{ scope: this.#scope, metrics: await collectMetrics() }];
      const { reason } = await sendOtlp(receiver, {
        signal: 'metrics',
        document: { resourceMetrics: [{ resource: this.#resource, scopeMetrics }] },
        ending: this.#ending.signal,
      });
      this.#note('metrics', reason, 0);
    } catch (error) {
      this.#note('metrics', String(error), 0);
    }
  }

  #pause(): void {
    this.#pausedUntil = performance.now() + this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  /** `reason`: null when all went well. */
  #note(signal: Signal, reason: string | null, lost: number): void {
    const { log } = this.#options;
    if (reason === null) {
      if (this.#failing.delete(signal)) logTelemetryBack(log, signal);
    } else if (!this.#failing.has(signal) || lost > 0) {
      this.#failing.add(signal);
      logTelemetryFailed(log, signal, reason, lost);
    }
  }
}
