/**
 * Who may call a function now. While calls wait too long, those that come are refused (`load-shed`, 503, with Retry-After)
 * before anything of them is read or sent: those of the function whose calls wait, and no others; and while the gateway
 * itself is late, those of functions with more than their share of what waits in it.
 *
 * Guarantees: of a function of which few calls wait, none is refused. Not guaranteed: that what is let in does not wait.
 * Durable events do not come here: they wait on the bus, and their senders do not wait for them.
 */
import { SovfnError } from '@sovfn/protocol';
import { WaitGate } from './wait-gate.ts';

export interface AdmissionOptions {
  /** How long calls may wait before anything of them runs. Null: as long as they do. Milliseconds. */
  readonly targetMs: number | null;
  /** Calls of the function are refused from now on; null: no longer. */
  readonly onShedding: (to: Admitted, shedding: Shedding | null) => void;
}

export interface Shedding {
  /** So many may wait. */
  readonly limit: number;
  readonly waitMs: number;
}

/** A function, as it is asked for here. */
export interface Admitted {
  readonly tenant: string;
  readonly name: string;
  readonly counts: { readonly gate: WaitGate };
}

/** Calls of one function that may wait always. */
const LEAST_OF_FUNCTION = 8;
/** The same of a gateway that is late. */
const LEAST_OF_GATEWAY = 64;
/** Part of the target that may pass in the gateway itself. */
const GATEWAY_PART = 1 / 4;
const LOOK_MS = 100;
const MS_PER_S = 1_000;
const LONGEST_RETRY_S = 30;

/** Makes the gate of a function. `targetMs`: as for Admission. */
export function makeFunctionGate(targetMs: number | null): WaitGate {
  return new WaitGate(targetMs ?? Infinity, LEAST_OF_FUNCTION);
}

export class Admission implements Disposable {
  readonly #options: AdmissionOptions;
  readonly #targetMs: number;
  /** Of all calls that wait, with the lateness of the event loop as their wait. */
  readonly #gateway: WaitGate;
  readonly #looking: NodeJS.Timeout;
  #lookedAt = performance.now();
  /** Functions of which calls wait. */
  #busy = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#targetMs = options.targetMs ?? Infinity;
    this.#gateway = new WaitGate(this.#targetMs * GATEWAY_PART, LEAST_OF_GATEWAY);
    this.#looking = setInterval(() => this.#look(performance.now()), LOOK_MS).unref();
  }

  /** Something that was due `lateMs` ago has its turn in the event loop now. */
  noteLate(now: number, lateMs: number): void {
    this.#gateway.answered(now, lateMs, 0);
  }

  /** Throws `load-shed`. */
  assertRoom(to: Admitted): void {
    const { gate } = to.counts;
    if (gate.isFull) throw this.#refusal(to, gate);
    if (this.#gateway.isFull && gate.waiting * this.#busy >= this.#gateway.limit) {
      throw this.#refusal(to, this.#gateway);
    }
  }

  enter({ counts: { gate } }: Admitted): void {
    if (gate.waiting === 0) this.#busy++;
    gate.enter();
    this.#gateway.enter();
  }

  /** Once for each `enter`: an answer has begun, or none will come. */
  leave(to: Admitted): void {
    const { gate } = to.counts;
    const { limit } = gate;
    gate.leave();
    this.#gateway.leave();
    if (gate.waiting > 0) return;
    this.#busy--;
    if (limit !== Infinity) this.#options.onShedding(to, null);
  }

  /** `waitMs`: of the call, before anything of it ran. Before `leave`. */
  answered(to: Admitted, now: number, waitMs: number, serviceMs: number): void {
    const { gate } = to.counts;
    const { limit } = gate;
    gate.answered(now, waitMs, serviceMs);
    if (gate.limit === limit || (gate.limit !== Infinity && limit !== Infinity)) return;
    const shedding = gate.limit === Infinity ? null : { limit: gate.limit, waitMs: Math.round(gate.standingMs) };
    this.#options.onShedding(to, shedding);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#looking);
  }

  #look(now: number): void {
    this.noteLate(now, now - this.#lookedAt - LOOK_MS);
    this.#lookedAt = now;
  }

  #refusal({ name }: Admitted, gate: WaitGate): SovfnError {
    gate.noteRefused();
    const waitMs = Math.round(gate.standingMs);
    const whose = gate === this.#gateway ? 'calls of the gateway' : `calls of "${name}"`;
    const limitMs = gate === this.#gateway ? this.#targetMs * GATEWAY_PART : this.#targetMs;
    return new SovfnError('load-shed', `${whose} wait for ${waitMs} ms already, and ${limitMs} ms are allowed`, {
      hint: 'Nothing of this call was run: repeat it later, and not all callers at once.',
      facts: { limitValue: limitMs, measured: waitMs, retryAfterS: retryAfterS(waitMs) },
    });
  }
}

/** What waits now is over by then. */
function retryAfterS(waitMs: number): number {
  return Math.min(Math.max(1, Math.ceil(waitMs / MS_PER_S)), LONGEST_RETRY_S);
}
