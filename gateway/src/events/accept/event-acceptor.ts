/**
 * Accepts events. `accept` resolves only when the bus has said that the event and its marker are stored, both or none, in
 * the stream of the function's zone (and synced to disk: see assertDurableBus). From then on the event belongs to the
 * dispatcher, whatever happens to this process.
 *
 * Guarantees: two events of a function with the same key within MARKER_TTL_MS are one, over all gateways. A failure means
 * that the event was not accepted, or that nobody knows: the caller may repeat it with the same key without harm.
 * Not guaranteed: order between events that are accepted at the same time. Hostile: everything in `facts` and `body`.
 */
import { type GroupCommit, type StorageRoom, WRONG_LAST_SEQUENCE } from '@sovfn/bus';
import { type EventHead, type EventMarker, functionKey, isSovfnError, laneOf, SovfnError } from '@sovfn/protocol';
import type { DispatchRecords } from '../dispatch/dispatch-records.ts';
import type { DeployedFunction } from '../../routes/deployed-functions.ts';
import {
  type AcceptedEvent,
  addressOf,
  type BodyReference,
  eventMessages,
  identifyEvent,
  isLarge,
} from './accepted-event.ts';
import { FairShare } from '../fair-share.ts';
import type { SealedEvents } from '../sealed-events.ts';
import type { AcceptQuota } from './accept-quota.ts';
import type { BusRoom } from './bus-room.ts';
import type { EventBodies, StoredBody } from './event-bodies.ts';
import { KnownEvents } from './known-events.ts';
import type { MarkerReader } from './marker-reader.ts';
import { refusalError } from './refusals.ts';

export interface NewEvent {
  readonly to: DeployedFunction;
  readonly facts: Pick<EventHead, 'trigger' | 'method' | 'url' | 'headers'> &
    Partial<Pick<EventHead, 'expiresAt' | 'orderingKey' | 'replayOf' | 'callback' | 'webhook' | 'schedule' | 'queue'>>;
  /** A large one may have been stored before; it is removed when it turns out not to be needed. */
  readonly body: Buffer | StoredBody;
  /** Two events of a function with the same key within 72 h are one; null: never. */
  readonly key: string | null;
  /** Null: at once. */
  readonly notBefore: Date | null;
  /** The id that the event gets, unless it is a repetition; left out: a new one. */
  readonly id?: string;
}

export interface Acceptance {
  readonly id: string;
  /** It was accepted before, under the same key. */
  readonly isDuplicate: boolean;
}

export interface EventAcceptorOptions {
  /** One for each zone: a batch is stored in one stream. */
  readonly commits: ReadonlyMap<string, GroupCommit>;
  readonly dispatch: Pick<DispatchRecords, 'ensureLane'>;
  /** Throws `events-lost` when the zone's event stream is not the one it was. */
  readonly assertIntact: (zone: string) => void;
  readonly markers: MarkerReader;
  readonly bodies: EventBodies;
  readonly sealed: SealedEvents;
  readonly quota: AcceptQuota;
  readonly room: BusRoom;
  readonly storageRoom: StorageRoom;
  readonly newEvent: () => string;
  /** A body that is not needed could not be removed: BodySweep will. */
  readonly onLeftOver: (error: unknown) => void;
}

/** A marker may end between the server's refusal and the look at it. */
const MOST_TRIES = 3;
/** Events of one function that are being stored at once while others come too. */
const ACCEPTS_BESIDE_OTHERS = 16;
/** After these it is certain that the event's body is not needed. */
const NOT_STORED: ReadonlySet<string> = new Set(['event-conflict', 'storage-full']);

export class EventAcceptor {
  readonly bodies: EventBodies;
  readonly #options: EventAcceptorOptions;
  readonly #known = new KnownEvents();
  readonly #share = new FairShare({ most: ACCEPTS_BESIDE_OTHERS });

  constructor(options: EventAcceptorOptions) {
    this.#options = options;
    this.bodies = options.bodies;
  }

  /** Throws `too-many-events`: for whoever can know before the body is read. `accept` looks again. */
  assertRoom(to: DeployedFunction): void {
    this.#options.quota.assertRoom(addressOf(to));
  }

  /** Throws `storage-full`: for whoever knows that the event is no repetition, before its body is read. `accept` looks again. */
  assertStorage(to: DeployedFunction): void {
    this.#options.storageRoom.assertRoom(to.tenant);
  }

  /** As far as is known, and as long as nobody accepts more meanwhile. */
  hasRoom(to: DeployedFunction): boolean {
    try {
      this.assertRoom(to);
      this.#options.room.assertRoom(0);
      return true;
    } catch (error) {
      if (isSovfnError(error)) return false;
      throw error;
    }
  }

  /**
   * Throws `event-conflict` (same key, other payload), `too-many-events`, `events-full`, `events-lost`, `bus-unavailable`,
   * `storage-full`, `store-unavailable` (a large body), `key-unavailable`, `residency-unsatisfied`. After any of them the same call may be made again.
   */
  async accept(event: NewEvent): Promise<Acceptance> {
    const commit = this.#commitOf(event.to.target.zone);
    this.#assertTaken(event.to);
    const leave = await this.#share.enter(functionKey(event.to.tenant, event.to.name));
    try {
      // Others were accepted while it waited.
      this.#assertTaken(event.to);
      return await this.#accept(event, commit);
    } finally {
      leave();
    }
  }

  #assertTaken(to: DeployedFunction): void {
    this.#options.assertIntact(to.target.zone);
    this.assertRoom(to);
  }

  async #accept(event: NewEvent, commit: GroupCommit): Promise<Acceptance> {
    const id = Buffer.isBuffer(event.body) ? (event.id ?? this.#options.newEvent()) : event.body.event;
    const accepted = identifyEvent(event, id, new Date());
    const stored = Buffer.isBuffer(event.body) ? null : event.body.reference;
    try {
      const name = `${accepted.to.zone}.${accepted.to.tenant}.${accepted.to.function}.${accepted.markerHash}`;
      const acceptance = await this.#known.once(name, accepted.marker, () => this.#store(event, accepted, commit));
      this.#count(event, acceptance);
      if (acceptance.isDuplicate) await this.#drop(stored);
      else this.#options.quota.noteAccepted(accepted.to);
      return acceptance;
    } catch (error) {
      if (error instanceof SovfnError && NOT_STORED.has(error.code)) await this.#drop(stored);
      throw error;
    }
  }

  /** Resolves with the marker that stands: the event's own, or the one that was there before. */
  async #store(event: NewEvent, accepted: AcceptedEvent, commit: GroupCommit): Promise<EventMarker> {
    const earlier = await this.#whileFull(event, accepted);
    if (earlier !== null) return earlier;
    const reference = await this.#placeBody(event, accepted);
    const entry = await eventMessages(event, accepted, { reference, sealed: this.#options.sealed });
    commit.assertConnected();
    const bytes = entry.reduce((sum, { payload }) => sum + payload.length, 0);
    this.#options.room.assertRoom(bytes);
    await this.#options.dispatch.ensureLane(accepted.to, laneOf({ orderingKey: event.facts.orderingKey ?? null }));
    for (let tries = 1; ; tries++) {
      const result = await commit.commit(entry);
      if (result.isStored) {
        this.#options.room.noteAccepted(bytes);
        return accepted.marker;
      }
      if (result.code !== WRONG_LAST_SEQUENCE || tries === MOST_TRIES) throw refusalError(result);
      const stands = await this.#readMarker(accepted);
      if (stands === null) continue;
      if (Buffer.isBuffer(event.body) && stands.id !== accepted.marker.id) await this.#drop(reference);
      return stands;
    }
  }

  /**
   * The marker of an event that was accepted before, when its tenant may store no more; null: it may. Ticks of schedules are
   * accepted all the same: nobody is there to be told. Throws `storage-full`.
   */
  async #whileFull({ to, facts, key }: NewEvent, accepted: AcceptedEvent): Promise<EventMarker | null> {
    if (facts.trigger === 'schedule') return null;
    try {
      this.assertStorage(to);
      return null;
    } catch (error) {
      const earlier = key === null ? null : await this.#readMarker(accepted);
      if (earlier === null) throw error;
      return earlier;
    }
  }

  #count({ to, facts }: NewEvent, { isDuplicate }: Acceptance): void {
    const counts = to.counts.events.of(facts.trigger);
    if (isDuplicate) counts.repeated++;
    else counts.accepted++;
  }

  async #placeBody({ body }: NewEvent, { to, marker }: AcceptedEvent): Promise<BodyReference | null> {
    if (!Buffer.isBuffer(body)) return body.reference;
    if (!isLarge(body)) return null;
    this.#options.storageRoom.noteWritten(to.tenant, body.length);
    return this.#options.bodies.put(to, marker.id, body);
  }

  async #readMarker({ to, markerHash }: AcceptedEvent): Promise<EventMarker | null> {
    try {
      return await this.#options.markers.read(to, markerHash);
    } catch (cause) {
      throw new SovfnError('bus-unavailable', 'it is not known whether an event with this key was accepted before', {
        cause,
        hint: 'Repeat the request with the same key in a moment.',
      });
    }
  }

  /** The event does not need it. After an unclear end of the commit a body stays: the event may be there. */
  async #drop(reference: BodyReference | null): Promise<void> {
    if (reference === null) return;
    try {
      await this.#options.bodies.remove(reference);
    } catch (error) {
      this.#options.onLeftOver(error);
    }
  }

  #commitOf(zone: string): GroupCommit {
    const commit = this.#options.commits.get(zone);
    if (commit !== undefined) return commit;
    throw new SovfnError('residency-unsatisfied', `this gateway may not accept events for the zone "${zone}"`, {
      hint: 'Use a gateway of that zone.',
    });
  }
}
