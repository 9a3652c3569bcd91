import { type FunctionLimits, heapMb } from '@sovfn/protocol';
import type { ServedCall } from '../call.ts';
import { besidesWasm, exceededMemory, type Failure } from './failures.ts';
import type { Guest } from './guest.ts';

/** Bytes of streamed bodies that the guest took or made, after which the buffers that it has let go of are freed. */
const COLLECT_AFTER_BYTES = 8 * 1024 * 1024;
/** Part of memoryMb from which the function is warned in its log. */
const WARN_AT = 0.8;
/** An error that follows from a failed allocation is reported as the limit when the isolate is this full. */
const FULL = 0.5;

/** What one isolate holds, as far as its host looks: V8 keeps the limit itself. */
export class HeldMemory {
  readonly #guest: Guest;
  readonly #limits: FunctionLimits;
  readonly #warn: (text: string) => void;
  #heldMb = 0;
  #isWarned = false;
  /** The entry after which it was looked at last. */
  #lookedAt = 0;
  #streamedBytes = 0;
  /** Errors of allocation failures: judged after the entry, when the isolate can be asked what it holds. */
  #suspects: { call: ServedCall; failure: Failure }[] = [];

  constructor(guest: Guest, limits: FunctionLimits, warn: (text: string) => void) {
    this.#guest = guest;
    this.#limits = limits;
    this.#warn = warn;
  }

  /** Resident memory of the process that it took at the last look, MiB. */
  get heldMb(): number {
    return this.#heldMb;
  }

  get hasSuspects(): boolean {
    return this.#suspects.length > 0;
  }

  /** So much went through it that a collection is worth its time. */
  get wantsCollection(): boolean {
    return this.#streamedBytes >= COLLECT_AFTER_BYTES;
  }

  /** Looks when the isolate has run since. Warns once when it holds much of what it may. */
  look(lastEntryAt: number): void {
    if (lastEntryAt === this.#lookedAt) return;
    this.#lookedAt = lastEntryAt;
    const { usedMb, heldMb } = this.#guest.memory();
    this.#heldMb = heldMb;
    if (this.#isWarned || usedMb < heapMb(this.#limits) * WARN_AT) return;
    this.#isWarned = true;
    const limit = `its limit memoryMb is ${this.#limits.memoryMb}${besidesWasm(this.#limits)}.`;
    this.#warn(`The function holds ${Math.round(usedMb)} MiB, garbage included; ${limit}`);
  }

  addStreamed(bytes: number): void {
    this.#streamedBytes += bytes;
  }

  /** The guest may be out of memory, and gone, after it. */
  collect(): void {
    this.#streamedBytes = 0;
    if (!this.#guest.isDisposed) this.#guest.collectYoung();
  }

  /** The call has failed in a way that may follow from a failed allocation. */
  suspect(call: ServedCall, failure: Failure): void {
    this.#suspects.push({ call, failure });
  }

  /** Ends the suspects, with the limit when the isolate is full. Returns whether it is. */
  judgeSuspects(): boolean {
    const { usedMb } = this.#guest.memory();
    const isFull = usedMb >= heapMb(this.#limits) * FULL;
    for (const { call, failure } of this.#suspects.splice(0)) {
      const { outcome, detail } = isFull ? exceededMemory(this.#limits, usedMb) : failure;
      call.fail(outcome, detail);
    }
    return isFull;
  }
}
