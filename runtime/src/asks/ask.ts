/** What the parts say to each other that carry out one ask: in the supervisor for bindings, in the broker for `fetch`. */
import type { TraceContext } from '@sovfn/protocol';

/** Who asks. All of it is the supervisor's own knowledge; of the cell's word only the choice among its loaded versions. */
export interface Asker {
  readonly zone: string;
  readonly tenant: string;
  readonly function: string;
  readonly version: string;
}

/** Hostile: head and body. */
export interface BrokerAsk {
  readonly head: unknown;
  /** Bytes when it came whole. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | null;
  readonly from: Asker;
  /** To be told of what is kept in memory for it, in bytes, until it is over. Throws AskError when that is too much. */
  readonly hold: (bytes: number) => void;
  /** Of the asking call, by the cell's word; null for what leads to no request. */
  readonly invocation: string | null;
  /** Service calls that the asking call is under, by the cell's word. */
  readonly depth: number;
  /** In which the call asks, by the cell's word; null for what leads to no request. */
  readonly trace: TraceContext | null;
  /** Aborted when the cell no longer wants the answer, or has ended. */
  readonly signal: AbortSignal;
}

export interface BrokerAnswer {
  readonly head: object;
  /** An iterable is read at the pace of the function, and ended early when the function no longer wants it. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | null;
}

export type AskHandler = (ask: BrokerAsk) => Promise<BrokerAnswer>;

/** An error for the function: `kind` is the name it has there, the message is for whoever wrote the function. */
export class AskError extends Error {
  override name = 'AskError';
  readonly kind: 'TypeError' | 'Error' | 'RangeError';

  constructor(kind: AskError['kind'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}
