import type { EventPolicy } from '../event-policy.ts';
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

/**
 * Resolves when the function, and then the gateway (`shared`), have a place for another call, with the function that gives
 * both back. Throws what `signal` is aborted with. `group`: the lane.
 */
export async function takeSlots(
  { slots: own }: FunctionLimits,
  shared: RunSlots,
  { group, signal }: { readonly group: string; readonly signal: AbortSignal },
): Promise<() => void> {
  const giveBackOwn = await own.take(group, signal);
  try {
    const giveBack = await shared.take(group, signal);
    return () => {
      giveBack();
      giveBackOwn();
    };
  } catch (error) {
    giveBackOwn();
    throw error;
  }
}
