/**
 * What became of ticks. A decision is written before it is carried out, by compare-and-set on the schedule's last record:
 * so each tick is in one decision, however many gateways take it and whatever they die of.
 *
 * Hostile: nothing; gateways alone write here.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { type GroupCommit, LastMessages, readMessages, WRONG_LAST_SEQUENCE } from '@sovfn/bus';
import {
  decodeTickRecord,
  type ScheduleAddress,
  SovfnError,
  type TickRecord,
  tickRecordSubject,
  tickStream,
} from '@sovfn/protocol';
import { refusalError } from '../events/accept/refusals.ts';

export interface StoredTickRecord {
  readonly record: TickRecord;
  readonly sequence: number;
}

/** Of a schedule that has no record yet. */
export const NO_TICK_RECORD = 0;

export class TickRecords {
  readonly #connection: NatsConnection;
  readonly #commits: ReadonlyMap<string, GroupCommit>;
  readonly #last: ReadonlyMap<string, LastMessages>;

  /** `commits`: to the tick stream of each zone. */
  constructor(connection: NatsConnection, commits: ReadonlyMap<string, GroupCommit>) {
    this.#connection = connection;
    this.#commits = commits;
    this.#last = new Map([...commits.keys()].map((zone) => [zone, new LastMessages(connection, tickStream(zone))]));
  }

  /** The last one; null when nothing was decided yet, or all is past its time. Throws `bus-unavailable`. */
  async last(at: ScheduleAddress): Promise<StoredTickRecord | null> {
    const message = await this.#last.get(at.zone)!.read(tickRecordSubject(at, at.schedule));
    return message === null ? null : { record: decodeTickRecord(message.data), sequence: message.sequence };
  }

  /** All that are kept, oldest first. Throws `bus-unavailable`. */
  async all(at: ScheduleAddress): Promise<StoredTickRecord[]> {
    const found: StoredTickRecord[] = [];
    for await (const page of readMessages(this.#connection, tickStream(at.zone), tickRecordSubject(at, at.schedule))) {
      found.push(...page.map(({ data, sequence }) => ({ record: decodeTickRecord(data), sequence })));
    }
    return found;
  }

  /** False: the last record is another one by now. Throws `bus-unavailable`, `events-full`. */
  async write(at: ScheduleAddress, record: TickRecord, last: StoredTickRecord | null): Promise<boolean> {
    const commit = this.#commits.get(at.zone);
    if (commit === undefined) {
      throw new SovfnError('residency-unsatisfied', `this gateway decides nothing in the zone "${at.zone}"`);
    }
    const result = await commit.commit([
      {
        subject: tickRecordSubject(at, at.schedule),
        headers: `Nats-Expected-Last-Subject-Sequence: ${last?.sequence ?? NO_TICK_RECORD}\r\n`,
        payload: Buffer.from(JSON.stringify(record)),
      },
    ]);
    if (result.isStored) return true;
    if (result.code === WRONG_LAST_SEQUENCE) return false;
    throw refusalError(result);
  }
}
