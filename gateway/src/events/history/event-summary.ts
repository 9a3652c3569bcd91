import type { Attempt, EventHead, EventRecord, EventSummary } from '@sovfn/protocol';

/** Of an event with a record. */
export function summaryOfRecord(record: EventRecord): EventSummary {
  const { id: event, function: name, trigger, source, state, acceptedAt, endedAt, bytes, replayOf, cause } = record;
  const last: Attempt | undefined = record.attempts.at(-1);
  return {
    ...{ event, function: name, trigger, source, state, acceptedAt, endedAt, bytes, replayOf, cause },
    attempts: last?.attempt ?? 0,
    outcome: last?.outcome ?? null,
    status: last?.status ?? null,
  };
}

/** Of an event of which there is no record yet: it waits for its first attempt. */
export function summaryOfPending(head: EventHead, body: Uint8Array): EventSummary {
  const { id: event, function: name, trigger, acceptedAt, replayOf } = head;
  return {
    ...{ event, function: name, trigger, source: sourceOf(head), state: 'pending', acceptedAt, endedAt: null },
    ...{ bytes: head.bodyReference?.bytes ?? body.length, attempts: 0, outcome: null, status: null },
    ...{ replayOf, cause: null },
  };
}

/** Name of the webhook, schedule or queue binding that an event came from. */
export function sourceOf({ webhook, schedule, queue }: EventHead): string | null {
  return webhook?.name ?? schedule?.name ?? queue?.binding ?? null;
}
