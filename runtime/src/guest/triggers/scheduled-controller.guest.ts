import { host } from '../core/host.guest.ts';
import { defineInterface, INTERNAL, requireInternal } from '../core/interface.guest.ts';
import type { CallState } from '../handler/call-state.guest.ts';

/** A tick of a schedule, as the host gives it. */
export interface Tick {
  readonly scheduledTime: number;
  readonly cron: string;
  readonly name: string;
  readonly attempt: number;
}

/** First argument of the handler `scheduled` (see cli/types/index.d.ts). */
class ScheduledController {
  readonly #call: CallState;
  readonly #tick: Tick;

  constructor(key: unknown, call: unknown, tick: unknown) {
    requireInternal(key, 'ScheduledController');
    this.#call = call as CallState;
    this.#tick = tick as Tick;
  }

  get scheduledTime(): number {
    return this.#tick.scheduledTime;
  }

  get cron(): string {
    return this.#tick.cron;
  }

  get name(): string {
    return this.#tick.name;
  }

  get attempt(): number {
    return this.#tick.attempt;
  }

  noRetry(): void {
    host.declineRetry(this.#call.number);
  }
}

defineInterface(ScheduledController, 'ScheduledController');

export function makeController(call: CallState, tick: Tick): ScheduledController {
  return new ScheduledController(INTERNAL, call, tick);
}
