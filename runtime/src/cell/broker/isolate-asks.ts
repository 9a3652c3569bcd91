/**
 * The asks of one isolate: which call each belongs to, how many a call may make, and what of each the guest waits for.
 *
 * Guarantees: an ask ends with its call; each operation of the guest is answered at most once, from the top of the event
 * loop; a call has at most ASKS_IN_FLIGHT asks whose answer has not begun (further ones wait) and `mostAsks` in all.
 */
import { limitHint, traceBelow, type TraceContext } from '@sovfn/protocol';
import { ANSWER_ALONE, ANSWER_HEAD_OFFSET, ANSWER_STREAMED, ASKS_IN_FLIGHT } from '../../bridge/asks.ts';
import type { AskKind } from '../../bridge/asks.ts';
import type { AskOpener } from './broker-client.ts';
import { GuestAsk, type GuestAskOrder } from './guest-ask.ts';

export interface IsolateAsksOptions {
  readonly broker: AskOpener;
  readonly function: string;
  readonly version: string;
  /** Asks that one call may make: the function's limit `subrequests`. */
  readonly mostAsks: number;
  /** Service calls that the call is under. */
  readonly depthOf: (call: number) => number;
  /** Null for a call that is not there. */
  readonly invocationOf: (call: number) => string | null;
  /** In which the call asks something of others; null for a call that is not there. */
  readonly traceOf: (call: number) => TraceContext | null;
  readonly deliver: (call: number, operation: number, value: string | ArrayBuffer | undefined) => void;
  readonly deliverError: (call: number, operation: number, name: string, message: string) => void;
}

/** An ask as the guest makes it. */
export interface StartedAsk extends Omit<GuestAskOrder, 'invocation' | 'depth' | 'trace'> {
  /** The function's own span that it belongs to; see HostOperations. */
  readonly parent: string;
}

/** The asks of one call. */
interface CallAsks {
  made: number;
  inFlight: number;
  readonly open: Map<number, GuestAsk>;
  readonly queue: GuestAsk[];
}

export class IsolateAsks {
  readonly #options: IsolateAsksOptions;
  readonly #calls = new Map<number, CallAsks>();

  constructor(options: IsolateAsksOptions) {
    this.#options = options;
  }

  /** Throws TypeError when the call has made `mostAsks`. `operation` is the ask's name from then on. */
  start(call: number, operation: number, { parent, ...order }: StartedAsk): void {
    const asks = this.#asksOf(call);
    if (asks.made >= this.#options.mostAsks) throw new TypeError(tooMany(asks.made));
    asks.made++;
    const ask = this.#makeAsk(call, operation, { ...order, ...this.#placeOf(call, order.kind, parent) }, asks);
    asks.open.set(operation, ask);
    if (asks.inFlight < ASKS_IN_FLIGHT) this.#send(ask, asks);
    else asks.queue.push(ask);
  }

  /** False: no room before `operation` is delivered. */
  write(call: number, name: number, operation: number, bytes: Uint8Array): boolean {
    return this.#find(call, name)?.write(operation, bytes) ?? true;
  }

  end(call: number, name: number, isWhole: boolean): void {
    if (isWhole) this.#find(call, name)?.end();
    else this.cancel(call, name);
  }

  read(call: number, name: number, operation: number): void {
    const ask = this.#find(call, name);
    if (ask !== null) return ask.read(operation);
    queueMicrotask(() => this.#options.deliverError(call, operation, 'TypeError', 'The body is not there any more'));
  }

  cancel(call: number, name: number): void {
    this.#find(call, name)?.cancel();
  }

  /** Does the call wait for something that an ask will bring? */
  isWaiting(call: number): boolean {
    for (const ask of this.#calls.get(call)?.open.values() ?? []) if (ask.isWaiting) return true;
    return false;
  }

  /** The call is over, and so are its asks. */
  endCall(call: number): void {
    const asks = this.#calls.get(call);
    if (asks === undefined) return;
    this.#calls.delete(call);
    asks.queue.length = 0;
    for (const ask of [...asks.open.values()]) ask.cancel();
  }

  endAll(): void {
    for (const call of [...this.#calls.keys()]) this.endCall(call);
  }

  #placeOf(call: number, kind: AskKind, parent: string): Pick<GuestAskOrder, 'invocation' | 'depth' | 'trace'> {
    const { invocationOf, depthOf, traceOf } = this.#options;
    const isRequest = kind === 'fetch' || kind === 'service';
    const trace = isRequest ? traceOf(call) : null;
    return {
      invocation: isRequest ? invocationOf(call) : null,
      depth: kind === 'service' ? depthOf(call) : 0,
      trace: trace === null ? null : traceBelow(trace, parent),
    };
  }

  #makeAsk(call: number, operation: number, order: GuestAskOrder, asks: CallAsks): GuestAsk {
    const { deliver, deliverError } = this.#options;
    return new GuestAsk({
      order,
      deliver: (settled, value) => deliver(call, settled, value),
      deliverAnswer: (head, body, streamed) => deliver(call, operation, answerValue(head, body, streamed)),
      deliverFailure: (settled, name, message) => deliverError(call, settled ?? operation, name, message),
      onAnswered: () => {
        asks.inFlight--;
        const next = asks.queue.shift();
        if (next !== undefined) this.#send(next, asks);
      },
      onOver: (ask) => {
        asks.open.delete(operation);
        const at = asks.queue.indexOf(ask);
        if (at !== -1) asks.queue.splice(at, 1);
      },
    });
  }

  #send(ask: GuestAsk, asks: CallAsks): void {
    asks.inFlight++;
    const { broker, function: name, version } = this.#options;
    ask.send(broker, name, version);
  }

  #asksOf(call: number): CallAsks {
    const known = this.#calls.get(call);
    if (known !== undefined) return known;
    const asks: CallAsks = { made: 0, inFlight: 0, open: new Map(), queue: [] };
    this.#calls.set(call, asks);
    return asks;
  }

  #find(call: number, name: number): GuestAsk | null {
    return this.#calls.get(call)?.open.get(name) ?? null;
  }
}

function answerValue(head: string, body: Uint8Array | null, streamed: boolean): string | ArrayBuffer {
  if (body === null) return `${streamed ? ANSWER_STREAMED : ANSWER_ALONE}${head}`;
  const text = Buffer.from(head, 'utf8');
  const value = Buffer.from(new ArrayBuffer(ANSWER_HEAD_OFFSET + text.length + body.length));
  value.writeUInt32LE(text.length, 0);
  value.set(text, ANSWER_HEAD_OFFSET);
  value.set(body, ANSWER_HEAD_OFFSET + text.length);
  return value.buffer;
}

function tooMany(made: number): string {
  return (
    `This call has made ${made} subrequests (fetch and bindings together), which is its limit. ` +
    limitHint('subrequests')
  );
}
