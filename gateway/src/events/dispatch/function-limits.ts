import { dispatchKey, type FunctionAddress } from '@sovfn/protocol';
import type { EventPolicy } from '../event-policy.ts';
import type { FairShare } from '../fair-share.ts';
import { Pace } from './pace.ts';
import { RunSlots } from './run-slots.ts';

/** What the lanes and queues of one function share in a gateway: how many calls they make at once, and how many a second. */
export class FunctionLimits {
  readonly slots: RunSlots;
  readonly pace: Pace;

  constructor(policy: EventPolicy) {
    this.slots = new RunSlots(policy.concurrency);
    this.pace = new Pace(policy.ratePerSecond);
  }

  setPolicy({ concurrency, ratePerSecond }: EventPolicy): void {
    this.slots.most = concurrency;
    this.pace.perSecond = ratePerSecond;
  }
}

/** Where calls of events begin in a gateway. */
export interface CallPlaces {
  /** Of all functions. */
  readonly slots: RunSlots;
  /** Divided among functions. */
  readonly share: FairShare;
}

export interface SlotTaker {
  readonly of: FunctionAddress;
  /** The lane. */
  readonly group: string;
  readonly signal: AbortSignal;
}

/** For one call. */
export interface CallSlot {
  /** To be called when the call is made. One that lasts leaves the function's share to the next: it waits for something that others do not need. */
  readonly callBegins: () => void;
  /** To be called once. */
  readonly giveBack: () => void;
}

/** A call lasts when it has gone on for so long, and for so many times as long as what went before it. Milliseconds. */
const LASTING_MS = 10;
const LASTING_TIMES = 10;
const LASTING_AT_MOST_MS = 1_000;

/** Resolves when the function, and then the gateway, have a place for another call. Throws what the signal is aborted with. */
export async function takeSlot(
  { slots: own }: FunctionLimits,
  { slots, share }: CallPlaces,
  { of, group, signal }: SlotTaker,
): Promise<CallSlot> {
  using undo = new DisposableStack();
  undo.defer(await own.take(group, signal));
  const leave = await share.enter(dispatchKey(of), signal);
  undo.defer(leave);
  undo.defer(await slots.take(group, signal));
  return slotOf(undo.move(), leave);
}

/** What went before is the write of a record, as a rule: where that takes long, so do calls that wait for nothing. */
function slotOf(taken: DisposableStack, leave: () => void): CallSlot {
  const takenAt = performance.now();
  return {
    callBegins: () => {
      const beforeMs = performance.now() - takenAt;
      const timer = setTimeout(leave, Math.min(Math.max(LASTING_MS, LASTING_TIMES * beforeMs), LASTING_AT_MOST_MS));
      timer.unref();
      taken.defer(() => clearTimeout(timer));
    },
    giveBack: () => taken.dispose(),
  };
}
