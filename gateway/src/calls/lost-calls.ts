import { cellDownSchema, type CellDown, nodeOfUpSubject, nodeUpSchema } from '@sovfn/protocol';
import { type CallFailure, cellDownFailure, failureOf } from './call-handler.ts';
import type { PendingCall } from './pending-call.ts';

/**
 * Ends the calls that nobody will answer: those of a cell that is gone, those of a node whose supervisor is gone or
 * started again, and those whose frames went down with the bus.
 *
 * Nobody knows which cell got a call from a queue group until the cell says so. So a call that a dead cell had not
 * claimed yet, and every call after a lost connection, is asked for by name; what nobody claims in time is ended.
 * A call whose body streams when the bus is lost ends at once: its missing frames cannot be had again.
 */
export interface LostCallsOptions {
  readonly pending: () => Iterable<PendingCall>;
  readonly onInvalid: (reason: string) => void;
}

/** Younger calls have had no time to be claimed (TAKEN_AFTER_MS and the way there and back). */
const CLAIM_AGE_MS = 250;
/** A cell whose thread is in a function answers when that has paused: a wait for the usual function, not for any. */
const CLAIM_WAIT_MS = 1_000;
/** Calls in flight survive a bus that is away for less than this. */
const BUS_ABSENCE_MS = 2_000;

export class LostCalls {
  readonly #options: LostCallsOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  #absence: NodeJS.Timeout | null = null;

  constructor(options: LostCallsOptions) {
    this.#options = options;
  }

  /** A supervisor says that one of its cells is gone. */
  onCellDown(payload: Buffer, zone: string): void {
    const down = readCellDown(payload);
    if (down === null) return this.#options.onInvalid(payload.toString('utf8', 0, 200));
    const failure = cellDownFailure(down);
    const unclaimed: PendingCall[] = [];
    for (const call of [...this.#options.pending()]) {
      if (call.target.zone !== zone || call.target.tenant !== down.tenant) continue;
      if (call.runner?.cell === down.cell) call.fail(failure);
      else if (!call.isTaken) unclaimed.push(call);
    }
    // What no other cell has, this one had.
    this.#askWhenOldEnough(unclaimed, failure);
  }

  /** Cells end with their supervisor, so a node whose supervisor starts has lost those it had. */
  onNodeUp(payload: Buffer, subject: string, zone: string): void {
    const node = nodeOfUpSubject(subject);
    if (node === null || !isNodeUp(payload)) return this.#options.onInvalid(payload.toString('utf8', 0, 200));
    this.#onNodeLost(node, (call) => call.target.zone === zone);
  }

  onNodeGone(node: string): void {
    this.#onNodeLost(node, () => true);
  }

  onBusState(isConnected: boolean): void {
    if (this.#absence !== null) this.#forgetTimer(this.#absence);
    if (!isConnected) return this.#onBusLost();
    const lost = failureOf('cell-lost', 'the bus was lost while the call ran, and no cell has it any more');
    this.#ask([...this.#options.pending()], lost);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** The calls of the node are asked for too: a report of its end may be wrong. */
  #onNodeLost(node: string, mayConcern: (call: PendingCall) => boolean): void {
    const failure = failureOf('cell-lost', `node "${node}" was lost while it had the call`);
    const concerned = [...this.#options.pending()].filter(mayConcern);
    const claimed = concerned.filter((call) => call.node === node);
    this.#ask(claimed, failure);
    this.#askWhenOldEnough(
      concerned.filter((call) => !call.isTaken),
      failure,
    );
  }

  #onBusLost(): void {
    const lost = failureOf('cell-lost', 'the connection to the bus was lost while a body was streamed', 'stream-lost');
    for (const call of [...this.#options.pending()]) if (call.isStreaming) call.fail(lost);
    this.#absence = this.#after(BUS_ABSENCE_MS, () => {
      const gone = failureOf('cell-lost', `the bus was away for more than ${BUS_ABSENCE_MS} ms while the call ran`);
      for (const call of [...this.#options.pending()]) call.fail(gone);
    });
  }

  #askWhenOldEnough(calls: readonly PendingCall[], failure: CallFailure): void {
    const bornBefore = performance.now() - CLAIM_AGE_MS;
    const isOld = (call: PendingCall): boolean => call.startedAt <= bornBefore;
    this.#ask(calls.filter(isOld), failure);
    const young = calls.filter((call) => !isOld(call));
    if (young.length > 0)
      this.#after(CLAIM_AGE_MS, () =>
        this.#ask(
          young.filter((call) => !call.isTaken),
          failure,
        ),
      );
  }

  #ask(calls: readonly PendingCall[], failure: CallFailure): void {
    if (calls.length === 0) return;
    const askedAt = performance.now();
    for (const call of calls) call.askWho();
    this.#after(CLAIM_WAIT_MS, () => {
      for (const call of calls) if (!call.wasHeardSince(askedAt)) call.fail(failure);
    });
  }

  #after(delayMs: number, action: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
    return timer;
  }

  #forgetTimer(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.#timers.delete(timer);
  }
}

function isNodeUp(payload: Buffer): boolean {
  try {
    return nodeUpSchema.safeParse(JSON.parse(payload.toString('utf8'))).success;
  } catch {
    return false;
  }
}

function readCellDown(payload: Buffer): CellDown | null {
  try {
    return cellDownSchema.parse(JSON.parse(payload.toString('utf8')));
  } catch {
    return null;
  }
}
