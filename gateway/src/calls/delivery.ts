import type { WireClient } from '@sovfn/bus/wire';
import { encodePlacement, MAX_SENDS, patchCall, placementSubject } from '@sovfn/protocol';
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

/** One for all: most calls are never placed. */
const NO_COUNTRIES: readonly string[] = [];

/**
 * The sends of one call. The message is encoded once; a further send patches it in place. First it goes to the
 * version's own subject, where a cell that has loaded it listens; every further time to placement, in one country
 * after the other until a node has it.
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
  /** Countries to which this send has not gone. */
  #further = NO_COUNTRIES;

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

  /** To the nodes of the first of the countries. False: there is none. Throws `bus-unavailable`, and then nothing was sent. */
  sendToPlacement([country, ...further]: readonly string[], remainingMs: number, probe: boolean): boolean {
    if (country === undefined) return false;
    this.#publish(country, { remainingMs, resends: this.#sends, probe });
    this.#further = further;
    this.#isPlaced = true;
    this.#sends++;
    return true;
  }

  /** To those of the next country, when nobody was there in the one before: as the same send. Otherwise like `sendToPlacement`. */
  sendFurther(remainingMs: number): boolean {
    const [country, ...further] = this.#further;
    if (country === undefined || this.#message === null) return false;
    this.#publish(country, { remainingMs, resends: this.#sends - 1, probe: false });
    this.#further = further;
    return true;
  }

  /** One send met nobody or was refused. True when another one is still out, which may yet be answered. */
  cameBack(): boolean {
    return --this.#outstanding > 0;
  }

  /** The call was started, or is over: it is never sent again, so its message is let go. */
  release(): void {
    this.#message = null;
  }

  #publish(country: string, patch: Parameters<typeof patchCall>[1]): void {
    const call = this.#message!;
    const { zone, tenant, function: name, version } = this.#target;
    patchCall(call, patch);
    const placement = encodePlacement({ tenant, function: name, version, call });
    this.#wire.publish(placementSubject(zone, country), placement, this.reply);
    this.#outstanding++;
  }
}
