import type { WireClient } from '@sovfn/bus/wire';
import { encodePlacement, MAX_SENDS, patchCall } from '@sovfn/protocol';
import type { CallTarget } from './call-target.ts';

/**
 * The sends of one call. The message is encoded once; a further send patches it in place. First it goes to the
 * version's own subject, where a cell that has loaded it listens; every further time to placement.
 */
export class Delivery {
  readonly #wire: WireClient;
  readonly #target: CallTarget;
  readonly #reply: string;
  #message: Buffer | null;
  #sends = 0;
  /** Sends that have neither come back nor been answered. */
  #outstanding = 0;
  #isPlaced = false;

  constructor(wire: WireClient, target: CallTarget, reply: string, message: Buffer) {
    this.#wire = wire;
    this.#target = target;
    this.#reply = reply;
    this.#message = message;
  }

  get isPlaced(): boolean {
    return this.#isPlaced;
  }

  /** May the call be sent once more? No after MAX_SENDS, and after `release`. */
  get mayRepeat(): boolean {
    return this.#sends < MAX_SENDS && this.#message !== null;
  }

  /** Throws `bus-unavailable`, and then nothing was sent. */
  sendToCells(): void {
    this.#wire.publish(this.#target.callSubject, this.#message!, this.#reply);
    this.#sends++;
    this.#outstanding++;
  }

  /** Throws `bus-unavailable`, and then nothing was sent. */
  sendToPlacement(remainingMs: number, probe: boolean): void {
    const call = this.#message!;
    const { tenant, function: name, version } = this.#target;
    patchCall(call, { remainingMs, resends: this.#sends, probe });
    const placement = encodePlacement({ tenant, function: name, version, call });
    this.#wire.publish(this.#target.placementSubject, placement, this.#reply);
    this.#isPlaced = true;
    this.#sends++;
    this.#outstanding++;
  }

  /** One send met nobody or was refused. True when another one is still out, which may yet be answered. */
  cameBack(): boolean {
    return --this.#outstanding > 0;
  }

  /** The call was started: it is never sent again, so its message is let go. */
  release(): void {
    this.#message = null;
  }
}
