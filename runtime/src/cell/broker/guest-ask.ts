import type { TraceContext } from '@sovfn/protocol';
import type { AskKind } from '../../bridge/asks.ts';
import type { Ask, AskOpener } from './broker-client.ts';

export interface GuestAskOrder {
  readonly kind: AskKind;
  readonly invocation: string | null;
  readonly depth: number;
  readonly trace: TraceContext | null;
  readonly head: string;
  readonly body: Uint8Array | null;
  readonly streamed: boolean;
}

export interface GuestAskOptions {
  readonly order: GuestAskOrder;
  /** A piece of the answer's body, its end (undefined), or room for the ask's own body (undefined). */
  readonly deliver: (operation: number, value: ArrayBuffer | undefined) => void;
  readonly deliverAnswer: (head: string, body: Uint8Array | null, streamed: boolean) => void;
  /** `operation` null: the ask itself failed. */
  readonly deliverFailure: (operation: number | null, name: string, message: string) => void;
  /** The answer has begun, or there will be none: the turn of another ask. Called once, if the ask was sent. */
  readonly onAnswered: () => void;
  readonly onOver: (ask: GuestAsk) => void;
}

/** `queued`: not sent yet. `open`: its answer is awaited. `answered`: the answer's body is under way. */
type AskState = 'queued' | 'open' | 'answered' | 'over';

/** One ask as the guest sees it: the operations that wait on it, and what came before the guest wanted it. */
export class GuestAsk {
  readonly #options: GuestAskOptions;
  #state: AskState = 'queued';
  #ask: Ask | null = null;
  /** Pieces of the body that were written before the ask was sent. */
  #held: Uint8Array[] = [];
  #isBodyWhole = false;
  #pendingWrite: number | null = null;
  #pendingRead: number | null = null;
  #failure: { readonly name: string; readonly message: string } | null = null;

  constructor(options: GuestAskOptions) {
    this.#options = options;
  }

  /** Something will be delivered. */
  get isWaiting(): boolean {
    return this.#state === 'queued' || this.#state === 'open' || this.#pendingRead !== null;
  }

  send(broker: AskOpener, name: string, version: string): void {
    this.#state = 'open';
    this.#ask = broker.open(
      { function: name, version, ...this.#options.order },
      {
        onAnswer: (head, body, streamed) => this.#onAnswer(head, body, streamed),
        onFailed: (errorName, message) => this.#onFailed(errorName, message),
        onPiece: () => this.#offer(),
        onRoom: () => this.#deliverRoom(),
      },
    );
    let hasRoom = true;
    for (const bytes of this.#held.splice(0)) hasRoom = this.#ask.write(bytes);
    if (this.#isBodyWhole) this.#ask.end();
    else if (hasRoom) queueMicrotask(() => this.#deliverRoom());
  }

  write(operation: number, bytes: Uint8Array): boolean {
    if (this.#ask?.write(bytes) === true) return true;
    if (this.#ask === null) this.#held.push(bytes);
    this.#pendingWrite = operation;
    return false;
  }

  end(): void {
    this.#isBodyWhole = true;
    this.#ask?.end();
  }

  read(operation: number): void {
    this.#pendingRead = operation;
    queueMicrotask(() => this.#offer());
  }

  cancel(): void {
    this.#ask?.cancel();
    this.#finish();
  }

  #onAnswer(head: string, body: Uint8Array | null, streamed: boolean): void {
    const { deliverAnswer, onAnswered } = this.#options;
    this.#state = 'answered';
    onAnswered();
    // A body of its own that nobody reads any more must not keep its writer waiting.
    if (!streamed) {
      this.#deliverRoom();
      this.#finish();
    }
    deliverAnswer(head, body, streamed);
  }

  #onFailed(name: string, message: string): void {
    const { deliverFailure } = this.#options;
    this.#deliverRoom();
    if (this.#state === 'answered') {
      this.#failure = { name, message };
      return this.#offer();
    }
    this.#finish();
    deliverFailure(null, name, message);
  }

  /** Gives the guest what it waits for, if it is there. */
  #offer(): void {
    const operation = this.#pendingRead;
    if (operation === null || this.#state === 'over') return;
    const piece = this.#ask?.take() ?? null;
    if (piece !== null) return this.#settleRead(operation, new Uint8Array(piece).buffer);
    if (this.#failure !== null) {
      const { name, message } = this.#failure;
      this.#finish();
      return this.#options.deliverFailure(operation, name, message);
    }
    if (this.#ask?.isAtEnd !== true) return;
    this.#deliverRoom();
    this.#finish();
    this.#settleRead(operation, undefined);
  }

  #settleRead(operation: number, value: ArrayBuffer | undefined): void {
    this.#pendingRead = null;
    this.#options.deliver(operation, value);
  }

  #deliverRoom(): void {
    const operation = this.#pendingWrite;
    this.#pendingWrite = null;
    if (operation !== null) this.#options.deliver(operation, undefined);
  }

  #finish(): void {
    if (this.#state === 'over') return;
    const wasOpen = this.#state === 'open';
    this.#state = 'over';
    this.#held = [];
    if (wasOpen) this.#options.onAnswered();
    this.#options.onOver(this);
  }
}
