/**
 * Runs events again: one, or those of a function that a filter fits.
 *
 * A wish to run events again has a key, which whoever wishes makes once: under the same key an event is run again once,
 * however often it is asked for, and whatever crashes in between.
 */
import { createHash } from 'node:crypto';
import {
  derivedInvocationId,
  EVENT_STATES,
  type EventState,
  invocationTime,
  isSovfnError,
  MARKER_TTL_MS,
  SovfnError,
  TERMINAL_STATES,
} from '@sovfn/protocol';
import type { Acceptance } from '../accept/event-acceptor.ts';
import type { EventAddress } from '../async/event-address.ts';
import type { EndedEvents } from '../ended/ended-events.ts';
import { addressesOf, type EventRange, type FunctionInZones, listEvents } from '../history/event-list.ts';
import type { EventStreams } from '../history/event-streams.ts';
import { readInOrder } from '../history/read-in-order.ts';
import { findStoredEvent } from '../history/stored-event.ts';
import type { RunAgain } from './run-again.ts';

export interface EventReplayOptions {
  readonly streams: EventStreams;
  readonly ended: EndedEvents;
  readonly again: RunAgain;
}

export interface Replayed {
  readonly event: string;
  /** The new event. */
  readonly replay: string;
}

export interface Skipped {
  readonly event: string;
  readonly code: string;
  readonly reason: string;
}

export interface ReplayedPage {
  readonly replayed: readonly Replayed[];
  readonly skipped: readonly Skipped[];
  /** Where to go on; null: there are no older ones. */
  readonly next: string | null;
}

/** Clocks of those who make keys may be wrong by this. Milliseconds. */
const CLOCK_MS = 300_000;
const ENDED: readonly EventState[] = EVENT_STATES.filter((state) => TERMINAL_STATES.has(state));
/** What is so for one event, and need not be for the next. */
const OF_ONE_EVENT: ReadonlySet<string> = new Set(['event-not-kept', 'residency-unsatisfied']);

export class EventReplay {
  readonly #options: EventReplayOptions;

  constructor(options: EventReplayOptions) {
    this.#options = options;
  }

  /** Throws `event-not-kept`, `bad-request` (the key), and what RunAgain throws. */
  async replay(of: EventAddress, key: string): Promise<Acceptance> {
    assertKey(key, Date.now());
    const stored = await findStoredEvent(this.#options, of);
    if (stored === null) throw notKept(of);
    return this.#options.again.accept(stored.head, stored.body, {
      id: idOfReplay(key, of),
      key: `replay:${key}:${of.event}`,
    });
  }

  /** Without states in the range: events that have ended. Throws like `replay`; what it has done by then stays done. */
  async replayMany(of: FunctionInZones, range: EventRange, key: string): Promise<ReplayedPage> {
    assertKey(key, Date.now());
    const states = range.states ?? ENDED;
    const { items, next } = await listEvents(this.#options.streams, of, { ...range, states });
    const results = await readInOrder(items, ({ event }) => this.#replayOrSkip(of, event, key));
    return {
      replayed: results.filter((result) => 'replay' in result),
      skipped: results.filter((result) => 'code' in result),
      next,
    };
  }

  async #replayOrSkip(of: FunctionInZones, event: string, key: string): Promise<Replayed | Skipped> {
    let reason: SovfnError | null = null;
    for (const address of addressesOf(of)) {
      try {
        const { id } = await this.replay({ ...address, event }, key);
        return { event, replay: id };
      } catch (error) {
        if (!isSovfnError(error) || !OF_ONE_EVENT.has(error.code)) throw error;
        if (reason === null || reason.code === 'event-not-kept') reason = error;
      }
    }
    return { event, code: reason!.code, reason: reason!.message };
  }
}

/** The key says when it was made: within the time for which repetitions are recognised. */
function assertKey(key: string, now: number): void {
  const age = now - invocationTime(key);
  if (age < MARKER_TTL_MS && age > -CLOCK_MS) return;
  throw new SovfnError(
    'bad-request',
    `the key ${key} was not made within the last ${MARKER_TTL_MS / 3_600_000} hours`,
    {
      hint: 'Make a new key, and check the clock.',
    },
  );
}

function idOfReplay(key: string, { event }: EventAddress): string {
  return derivedInvocationId(invocationTime(key), createHash('sha256').update(`${key} ${event}`).digest());
}

function notKept({ event }: EventAddress): SovfnError {
  return new SovfnError('event-not-kept', `what event ${event} asked for is not kept any more`, {
    hint: `Events that have ended can be run again for ${MARKER_TTL_MS / 3_600_000} hours, while there is room; dead letters for as long as they are kept.`,
  });
}
