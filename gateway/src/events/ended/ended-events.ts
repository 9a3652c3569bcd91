/**
 * Events that have ended, kept as they were accepted, so that they can be run again.
 *
 * Guarantees: what `keep` has resolved for can be read for ENDED_MS, also when the gateway dies, unless so much ends that
 * `maxBytes` of a zone are used up: then the oldest go first. Keeping an event twice keeps it once.
 * Not kept here: dead letters, which hold their event themselves; bodies that are referred to, which BodySweep leaves in
 * the object store for as long as their event is here.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import type { GroupCommit, Replicas } from '@sovfn/bus';
import {
  decodeEvent,
  encodeEvent,
  endedEventStream,
  endedEventSubject,
  type EventHead,
  functionOfEvent,
  SovfnError,
} from '@sovfn/protocol';
import { refusalError } from '../accept/refusals.ts';
import type { EventAddress } from '../async/event-address.ts';
import { EventStreams } from '../history/event-streams.ts';
import type { SealedEvents } from '../sealed-events.ts';
import { setUpEndedEvents } from './ended-setup.ts';

export interface EndedEventsOptions {
  readonly connection: NatsConnection;
  /** To the stream of ended events of each zone. */
  readonly commits: ReadonlyMap<string, GroupCommit>;
  readonly zones: readonly string[];
  readonly sealed: SealedEvents;
  /** Room for ended events in each zone. */
  readonly maxBytes: number;
  /** Servers that hold a zone's stream; default 1. */
  readonly replicas?: Replicas;
}

export class EndedEvents {
  readonly #streams: EventStreams;
  readonly #commits: ReadonlyMap<string, GroupCommit>;
  readonly #sealed: SealedEvents;

  /** Throws what the client library throws. */
  static async open({ connection, commits, zones, sealed, ...setup }: EndedEventsOptions): Promise<EndedEvents> {
    for (const zone of zones) await setUpEndedEvents(connection, zone, setup);
    return new EndedEvents(await EventStreams.open(connection, sealed), commits, sealed);
  }

  private constructor(streams: EventStreams, commits: ReadonlyMap<string, GroupCommit>, sealed: SealedEvents) {
    this.#streams = streams;
    this.#commits = commits;
    this.#sealed = sealed;
  }

  /**
   * For whoever ends an event other than as a dead letter, before its message is acknowledged or removed. `head` and
   * `body` as in that message. May go along with the writing of the output. Throws `bus-` or `key-unavailable` or `events-full`:
   * then the event must not be let go.
   */
  async keep(head: EventHead, body: Uint8Array): Promise<void> {
    const commit = this.#commits.get(head.zone);
    if (commit === undefined) throw new SovfnError('residency-unsatisfied', `zone "${head.zone}" is another gateway's`);
    const subject = endedEventSubject(functionOfEvent(head), head.id);
    const payload = await this.#sealed.seal(subject, encodeEvent(head, body));
    const result = await commit.commit([{ subject, headers: '', payload }]);
    if (!result.isStored) throw refusalError(result);
  }

  /** Null when it is not here, or not any more. Throws `bad-message`, `bus-` or `key-unavailable`. */
  async read(of: EventAddress): Promise<ReturnType<typeof decodeEvent> | null> {
    const message = await this.#streams.last(endedEventStream(of.zone), endedEventSubject(of, of.event));
    return message === null ? null : decodeEvent(await this.#streams.opened(message));
  }
}
