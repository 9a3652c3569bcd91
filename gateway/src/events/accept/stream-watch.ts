import type { StreamMarks } from '@sovfn/bus';
import { eventsLost } from '@sovfn/bus';
import { eventStream } from '@sovfn/protocol';
import type { Log } from '../../logger.ts';
import { logEventsLost, logStreamsUnknown } from './events.ts';

export interface StreamWatchOptions {
  readonly marks: Pick<StreamMarks, 'findLoss'>;
  readonly zones: readonly string[];
  readonly log: Log;
}

const LOOK_MS = 5_000;

/**
 * Looks whether the event streams are still those in which events were accepted: while one is gone, or another one has its
 * name, the zone accepts nothing. Without a stream nothing can be accepted anyway; this says why, and does not fall for a
 * stream that was made by hand. The operator is told once.
 */
export class StreamWatch {
  readonly #options: StreamWatchOptions;
  readonly #losses = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;

  constructor(options: StreamWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  /** Throws `events-lost`. */
  assertIntact(zone: string): void {
    const loss = this.#losses.get(zone);
    if (loss !== undefined) throw eventsLost(loss);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { zones, log } = this.#options;
    try {
      for (const zone of zones) await this.#lookAt(zone);
    } catch (error) {
      logStreamsUnknown(log, error);
    }
    this.#isLooking = false;
  }

  async #lookAt(zone: string): Promise<void> {
    const { marks, log } = this.#options;
    const loss = await marks.findLoss(eventStream(zone));
    if (loss === null) {
      this.#losses.delete(zone);
      return;
    }
    if (!this.#losses.has(zone)) logEventsLost(log, zone, loss);
    this.#losses.set(zone, loss);
  }
}
