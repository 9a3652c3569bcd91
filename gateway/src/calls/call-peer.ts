import type { Pace, WireClient } from '@sovfn/bus/wire';
import { cellInboxPrefix, encodeCancel, encodeWho, isName, isSovfnError, type Runner } from '@sovfn/protocol';
import type { CallTarget } from './call-target.ts';

/** The other end of one call: the cell that has it, once it has said so. */
export class CallPeer {
  readonly #wire: WireClient;
  readonly #target: CallTarget;
  /** `<gateway>.<number>`: names the call to cells. */
  readonly #callKey: string;
  #runner: Runner | null = null;
  #node: string | null = null;
  #isTaken = false;

  constructor(wire: WireClient, target: CallTarget, callKey: string) {
    this.#wire = wire;
    this.#target = target;
    this.#callKey = callKey;
  }

  get runner(): Runner | null {
    return this.#runner;
  }

  /** The node that has it, as its cell or its supervisor has said. */
  get node(): string | null {
    return this.#node;
  }

  /** Somebody has said that the call is being worked on. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** The connection that chunks leave by. */
  get pace(): Pace {
    return this.#wire;
  }

  /** Remembers who sent the frame. False when another cell has the call already: the second one is told to stop. */
  adopt(frame: Runner): boolean {
    this.#isTaken = true;
    if (this.#runner === null && isName(frame.node)) this.#node = frame.node;
    const runner = readRunner(frame);
    if (runner === null || this.#runner?.cell === runner.cell) return true;
    if (this.#runner === null) {
      this.#runner = runner;
      return true;
    }
    this.#sendTo(runner, encodeCancel());
    return false;
  }

  /** The call was given back. */
  release(): void {
    this.#runner = null;
    this.#node = null;
    this.#isTaken = false;
  }

  /** Sends a frame to the cell's inbox. */
  send(frame: Buffer): void {
    if (this.#runner !== null) this.#sendTo(this.#runner, frame);
  }

  /** Tells the cell, or all cells of the tenant when it is not known which one, that nobody waits for the call. */
  cancel(): void {
    if (this.#runner !== null) this.#sendTo(this.#runner, encodeCancel());
    else this.#publish(this.#target.whoSubject, encodeWho({ callKey: this.#callKey, cancel: true }));
  }

  /** Asks all cells of the tenant who has the call; the holder answers `taken`. */
  askWho(): void {
    this.#publish(this.#target.whoSubject, encodeWho({ callKey: this.#callKey, cancel: false }));
  }

  #sendTo(runner: Runner, frame: Buffer): void {
    const { zone, tenant } = this.#target;
    this.#publish(cellInboxPrefix(zone, tenant, runner.cell) + this.#callKey, frame);
  }

  /** A frame that the bus does not take is dropped: the peer sees the gap, and LostCalls ends what a lost bus broke. */
  #publish(subject: string, frame: Buffer): void {
    try {
      this.#wire.publish(subject, frame);
    } catch (error) {
      if (!isSovfnError(error)) throw error;
    }
  }
}

/** Names come from tenant code's process: one that is no name cannot be written to, nor shown. */
export function readRunner(frame: Runner): Runner | null {
  return isName(frame.cell) && isName(frame.node) ? { node: frame.node, cell: frame.cell } : null;
}
