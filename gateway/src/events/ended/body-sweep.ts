/**
 * Removes bodies from the object store that no event needs any more: of events that ended long ago, and of events that
 * never were accepted. Every gateway sweeps the zones it serves; two that sweep at once do no harm.
 *
 * Guarantees: a body stays while its event waits, is a dead letter, or can be run again, and in any case for OLD_MS
 * after its id was made. Not guaranteed: that it goes at once after that.
 */
import { invocationTime } from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import { eventOfBody } from '../accept/event-bodies.ts';
import type { EventStreams } from '../history/event-streams.ts';
import { findStoredEvent } from '../history/stored-event.ts';
import type { EndedEvents } from './ended-events.ts';
import { ENDED_MS } from './ended-setup.ts';

export interface BodySweepOptions {
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly zones: readonly string[];
  readonly streams: EventStreams;
  readonly ended: EndedEvents;
  readonly onSwept: (bodies: number) => void;
  readonly onFailed: (error: unknown) => void;
}

/** An id may be made long before its event is accepted, but not this long. Milliseconds. */
const SLACK_MS = 3_600_000;
const OLD_MS = ENDED_MS + SLACK_MS;
const SWEEP_MS = 3_600_000;
const PAGE = 1_000;

export class BodySweep {
  readonly #timer: NodeJS.Timeout;

  private constructor(options: BodySweepOptions) {
    this.#timer = setInterval(() => void sweepOrLater(options), SWEEP_MS).unref();
  }

  static start(options: BodySweepOptions): BodySweep {
    return new BodySweep(options);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** One sweep; returns the objects that it removed. Throws `store-unavailable`, `store-refused` or `bus-unavailable`. */
export async function sweepBodies(options: BodySweepOptions, now = Date.now()): Promise<string[]> {
  const { store, bucket, zones } = options;
  const removed: string[] = [];
  for (const zone of zones) {
    for await (const object of objectsUnder(store, bucket, `${zone}/`)) {
      if (!(await isLeftOver(options, object, now))) continue;
      await store.remove(bucket, object);
      removed.push(object);
    }
  }
  return removed;
}

/** An object that is no body is not ours to remove. */
async function isLeftOver(options: BodySweepOptions, object: string, now: number): Promise<boolean> {
  const of = eventOfBody(object);
  if (of === null || now - invocationTime(of.event) < OLD_MS) return false;
  return (await findStoredEvent(options, { ...of.to, event: of.event })) === null;
}

async function* objectsUnder(store: ObjectStore, bucket: string, prefix: string): AsyncGenerator<string> {
  let startAfter: string | undefined;
  for (;;) {
    const range = startAfter === undefined ? {} : { startAfter };
    const { objects, isTruncated } = await store.list(bucket, prefix, { limit: PAGE, ...range });
    for (const { name } of objects) yield name;
    startAfter = objects.at(-1)?.name;
    if (!isTruncated || startAfter === undefined) return;
  }
}

async function sweepOrLater(options: BodySweepOptions): Promise<void> {
  try {
    const removed = await sweepBodies(options);
    if (removed.length > 0) options.onSwept(removed.length);
  } catch (error) {
    options.onFailed(error);
  }
}
