import type { GroupCommit } from '@sovfn/bus';
import { encodeEvent, type EventHead, SovfnError } from '@sovfn/protocol';
import { placeOfEvent } from '../accept/accepted-event.ts';
import type { SealedEvents } from '../sealed-events.ts';
import { refusalError } from '../accept/refusals.ts';

/** Stores the further attempts of events as schedules, which NATS fires when they are due. */
export class NextAttempts {
  readonly #commits: ReadonlyMap<string, GroupCommit>;
  readonly #sealed: SealedEvents;

  /** `commits`: to the event stream of each zone. */
  constructor(commits: ReadonlyMap<string, GroupCommit>, sealed: SealedEvents) {
    this.#commits = commits;
    this.#sealed = sealed;
  }

  /** Resolves when the attempt that the head asks for is durable; an earlier schedule of the event is replaced. Throws `bus-unavailable`. */
  async schedule(head: EventHead, body: Buffer, at: Date): Promise<void> {
    const commit = this.#commits.get(head.zone);
    if (commit === undefined) {
      throw new SovfnError('residency-unsatisfied', `this gateway keeps no events of the zone "${head.zone}"`);
    }
    const place = placeOfEvent(head, at);
    const payload = await this.#sealed.seal(place.subject, encodeEvent(head, body));
    const result = await commit.commit([{ ...place, payload }]);
    if (!result.isStored) throw refusalError(result);
  }
}
