import type { WireClient } from '@sovfn/bus/wire';
import { encodePlacement, MAX_SENDS, patchCall } from '@sovfn/protocol';
import type { CallBundles } from './call-bundles.ts';
import type { CallTarget } from './call-target.ts';

export interface DeliveryOptions {
  readonly wire: WireClient;
  readonly bundles: CallBundles;
  readonly target: CallTarget;
  /** Among the calls in flight, and as the last token of its reply subject. */
  readonly number: number;
  readonly name: string;
  readonly message: Buffer;
}

/**
 * The sends of one call. The message is encoded once; a further send patches it in place. First it goes to the
 * version's own subject, where a cell that has loaded it listens; every further time to placement.
 */
export class Delivery {
  readonly number: number;
  readonly name: string;
  /** Subject of its answers. */
  readonly reply: string;
  readonly #wire: WireClient;
  readonly #bundles: CallBundles;
  readonly #target: CallTarget;
  #message: Buffer | null;
  /** The reply subject of the bundle in which it was sent, or null. */
  #bundle: string | null = null;
  #sends = 0;
  /** Sends that have neither come back nor been answered. */
  #outstanding = 0;
  #isPlaced = false;

  constructor({ wire, bundles, target, number, name, message }: DeliveryOptions) {
    this.#wire = wire;
    this.#bundles = bundles;
    this.#target = target;
    this.#message = message;
    this.number = number;
    this.name = name;
    this.reply = target.replyPrefix + name;
  }

  get isPlaced(): boolean {
    return this.#isPlaced;
  }

  /** Null: the call is not to be sent (any more). */
  get message(): Buffer | null {
    return this.#message;
  }

  /** May the call be sent once more? No after MAX_SENDS, and after `release`. */
  get mayRepeat(): boolean {
    return this.#sends < MAX_SENDS && this.#message !== null;
  }

  /** At the end of this turn, with others. Throws `bus-unavailable`, and then nothing was sent. */
  sendToCells(): void {
    this.#bundles.add(this.#target.callSubject, this, this.#message!);
    this.#sends++;
    this.#outstanding++;
  }

  wasSentIn(bundle: string): boolean {
    return this.#bundle === bundle;
  }

  sentIn(bundle: string): void {
    this.#bundle = bundle;
  }

  /** Throws `bus-unavailable`, and then nothing was sent. */
  sendToPlacement(remainingMs: number, probe: boolean): void {
    const call = this.#message!;
    const { tenant, function: name, version } = this.#target;
    patchCall(call, { remainingMs, resends: this.#sends, probe });
    const placement = encodePlacement({ tenant, function: name, version, call });
    this.#wire.publish(this.#target.placementSubject, placement, this.reply);
    this.#isPlaced = true;
    this.#sends++;
    this.#outstanding++;
  }

  /** One send met nobody or was refused. True when another one is still out, which may yet be answered. */
  cameBack(): boolean {
    return --this.#outstanding > 0;
  }

  /** The call was started, or is over: it is never sent again, so its message is let go. */
  release(): void {
    this.#message = null;
  }
}
