import type { EventHead, OverlapPolicy } from '@sovfn/protocol';
import type { NewEvent } from '../events/accept/event-acceptor.ts';
import type { DeployedFunction } from '../routes/deployed-functions.ts';

export interface ScheduledRun extends Readonly<NonNullable<EventHead['schedule']>> {
  /** Id of its event. */
  readonly id: string;
  readonly overlap: OverlapPolicy;
}

const NO_BYTES = Buffer.alloc(0);

/** The event that runs a tick. What the handler is told is made of its head when an attempt begins. */
export function scheduledEvent(to: DeployedFunction, run: ScheduledRun): NewEvent {
  const { id, overlap, ...schedule } = run;
  return {
    to,
    facts: {
      ...{ trigger: 'schedule', method: 'POST', url: `schedule:${run.name}`, headers: '', schedule },
      orderingKey: overlap === 'queue' ? `schedule:${run.name}` : null,
    },
    body: NO_BYTES,
    key: run.cause === 'manual' ? null : `tick:${run.name}:${run.scheduledAt}`,
    notBefore: null,
    id,
  };
}
