import type { OtlpAttribute } from './otlp.ts';

/** Who made spans: what OTLP calls a resource. */
export interface SpanOrigin {
  /** The same for the same attributes. */
  readonly key: string;
  readonly attributes: readonly OtlpAttribute[];
}

export interface KeptSpan {
  /** Null: the gateway itself. */
  readonly origin: SpanOrigin | null;
  /** The tracer; null: the gateway's. */
  readonly tracer: { readonly name: string; readonly version: string } | null;
  /** As OTLP has it. */
  readonly span: object;
  /** About how much memory it takes. */
  readonly length: number;
}

/** Spans that wait to be sent on. Those that there is no room for are counted. */
export class KeptSpans {
  readonly #most: { readonly spans: number; readonly length: number };
  #kept: KeptSpan[] = [];
  #length = 0;
  #dropped = 0;

  constructor(most: { readonly spans: number; readonly length: number }) {
    this.#most = most;
  }

  get size(): number {
    return this.#kept.length;
  }

  get isFull(): boolean {
    return this.#kept.length >= this.#most.spans || this.#length >= this.#most.length;
  }

  keep(span: KeptSpan): void {
    if (this.isFull) {
      this.#dropped++;
      return;
    }
    this.#kept.push(span);
    this.#length += span.length;
  }

  /** The oldest, which are then the caller's to send or to give back. */
  take(most: number): KeptSpan[] {
    const taken = this.#kept.splice(0, most);
    this.#length -= lengthOf(taken);
    return taken;
  }

  giveBack(spans: readonly KeptSpan[]): void {
    const kept = spans.slice(0, Math.max(0, this.#most.spans - this.#kept.length));
    this.#dropped += spans.length - kept.length;
    this.#kept.unshift(...kept);
    this.#length += lengthOf(kept);
  }

  /** Since the last look. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}

function lengthOf(spans: readonly KeptSpan[]): number {
  return spans.reduce((sum, { length }) => sum + length, 0);
}
