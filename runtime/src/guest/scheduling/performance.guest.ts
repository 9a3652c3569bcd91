import { currentTime, timeOrigin } from '../core/clock.guest.ts';
import { defineInterface, INTERNAL, requireInternal } from '../core/interface.guest.ts';
import { EventTarget } from '../events/event-target.guest.ts';

/** Performance of High Resolution Time, on the entry's clock: `now` advances only between entries. */
export class Performance extends EventTarget {
  readonly #isPerformance = true;

  constructor(key: unknown = undefined) {
    requireInternal(key, 'Performance');
    super();
  }

  now(): number {
    this.#require();
    return currentTime() - timeOrigin();
  }

  get timeOrigin(): number {
    this.#require();
    return timeOrigin();
  }

  toJSON(): { timeOrigin: number } {
    this.#require();
    return { timeOrigin: timeOrigin() };
  }

  #require(): void {
    if (!(#isPerformance in this)) throw new TypeError('this is not a Performance');
  }
}

defineInterface(Performance, 'Performance');

export const performance = new Performance(INTERNAL);
