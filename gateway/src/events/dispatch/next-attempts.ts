import type { GroupCommit } from '@sovfn/bus';
import { encodeEvent, type EventHead, SovfnError } from '@sovfn/protocol';
import { placeOfEvent } from '../accept/accepted-event.ts';
import { refusalError } from '../accept/refusals.ts';

/** Stores the further attempts of events as schedules, which NATS fires when they are due. */
export class NextAttempts {
  readonly #commits: ReadonlyMap<string, GroupCommit>;

  /** `commits`: to the event stream of each zone. */
  constructor(commits: ReadonlyMap<string, GroupCommit>) {
    this.#commits = commits;
  }

  /** Resolves when the attempt that the head asks for is durable; an earlier schedule of the event is replaced. Throws `bus-unavailable`. */
  async schedule(head: EventHead, body: Buffer, at: Date): Promise<void> {
    const commit = this.#commits.get(head.zone);
    if (commit === undefined) {
      throw new SovfnError('residency-unsatisfied', `this gateway keeps no events of the zone "${head.zone}"`);
    }
    const result = await commit.commit([{ ...placeOfEvent(head, at), payload: encodeEvent(head, body) }]);
    if (!result.isStored) throw refusalError(result);
  }
}
