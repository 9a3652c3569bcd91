/** What became of the durable events of one function, as one gateway saw them. */
import { EVENT_TRIGGERS, type EventState, type EventTrigger, type Outcome } from '@sovfn/protocol';

export type EndState = Extract<EventState, 'succeeded' | 'dead-lettered' | 'expired' | 'cancelled'>;

/** Events that came in the same way. */
export interface TriggerCounts {
  accepted: number;
  /** Repetitions that were recognised. */
  repeated: number;
  /** Attempts under way now. */
  running: number;
  retries: number;
  /** Times that an event could not begin, by the platform's fault. */
  postponements: number;
  readonly attempts: Map<Outcome, number>;
  readonly ended: Record<EndState, number>;
}

export class EventCounts {
  /** Messages that could not be read and ended as dead letters. */
  unreadable = 0;
  /** Made when the first event of its kind comes: most functions have none. */
  readonly #byTrigger: Partial<Record<EventTrigger, TriggerCounts>> = {};

  of(trigger: EventTrigger): TriggerCounts {
    return (this.#byTrigger[trigger] ??= emptyCounts());
  }

  /** Those that had events. */
  entries(): [EventTrigger, TriggerCounts][] {
    return EVENT_TRIGGERS.flatMap((trigger): [EventTrigger, TriggerCounts][] => {
      const counts = this.#byTrigger[trigger];
      return counts === undefined ? [] : [[trigger, counts]];
    });
  }
}

export function noteAttempt({ attempts }: TriggerCounts, outcome: Outcome): void {
  attempts.set(outcome, (attempts.get(outcome) ?? 0) + 1);
}

function emptyCounts(): TriggerCounts {
  const ended = { succeeded: 0, 'dead-lettered': 0, expired: 0, cancelled: 0 };
  return { accepted: 0, repeated: 0, running: 0, retries: 0, postponements: 0, attempts: new Map(), ended };
}
