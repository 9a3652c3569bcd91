/**
 * An independent look at what became of events. It is told by the sender which ids were accepted, reads the streams and the
 * object store by itself, and shares no code with the gateway that writes them.
 *
 * The claim it checks: every accepted event has ended in exactly one state, once, or still waits; what succeeded left its
 * output, and what died its dead letter. A record holds the last state only, so the ledger also reads each as it is written.
 */
import { randomUUID } from 'node:crypto';
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { readMessages } from '@sovfn/bus';
import { isSovfnError } from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import { connectToBusOf, type TestPlatform } from '@sovfn/testkit';
import { z } from 'zod';
import { openPlatformStore } from '../test/platform-store.ts';

export interface Verdict {
  readonly ended: ReadonlyMap<string, string>;
  readonly pending: readonly string[];
  /** Accepted, and neither ended nor waiting: lost. */
  readonly lost: readonly string[];
  /** Ended, and waiting all the same, or ended twice. */
  readonly doubled: readonly string[];
  /** Ended otherwise than the function answers: in another state, with another output, or without its dead letter. */
  readonly wrongEnds: readonly string[];
}

/** How an event must end. `output`: what must be in the object store; null: nothing is looked for. */
export interface Expected {
  readonly state: 'succeeded' | 'dead-lettered' | 'expired' | 'cancelled';
  readonly output: string | null;
}

const ENDED = new Set(['succeeded', 'dead-lettered', 'expired', 'cancelled']);
const OUTPUTS = 'sovfn-outputs';
const AT_ONCE = 32;
const READ_MS = 10_000;
const HOUR_MS = 3_600_000;
const BODY_BYTES = 1024 * 1024;

const recordSchema = z.object({ id: z.string(), state: z.string(), output: z.string().nullable() });
const tickRecordSchema = z.object({
  decisions: z.array(z.object({ scheduledAt: z.string(), event: z.string().nullable() })),
});
type Ended = z.output<typeof recordSchema>;

export class Ledger implements AsyncDisposable {
  readonly #streams: JetStreamManager;
  readonly #connection: NatsConnection;
  readonly #store: ObjectStore;
  readonly #function: string;
  readonly #accepted = new Map<string, Expected>();
  /** Messages of queues and runs of ticks that there were before. */
  readonly #earlier = new Set<string>();
  /** By id, the sequences of the records in which it was seen to end: the server may send one again after it was killed. */
  readonly #ends = new Map<string, Set<number>>();

  static async open(platform: TestPlatform, name: string): Promise<Ledger> {
    const connection = await connectToBusOf(platform, 'ledger');
    const store = await openPlatformStore(platform);
    const ledger = new Ledger(await jetstreamManager(connection), connection, store, name);
    await ledger.#watchEnds();
    for (const id of await ledger.#marked()) ledger.#earlier.add(id);
    return ledger;
  }

  private constructor(streams: JetStreamManager, connection: NatsConnection, store: ObjectStore, name: string) {
    this.#streams = streams;
    this.#connection = connection;
    this.#store = store;
    this.#function = name;
  }

  get accepted(): number {
    return this.#accepted.size;
  }

  /** The platform has said that it accepted the event. */
  note(event: string, expected: Expected): void {
    this.#accepted.set(event, expected);
  }

  /** Nobody is told the ids of messages of queues: their markers are stored with them. Resolves with their number. */
  async noteMessages(expected: Expected): Promise<number> {
    const ids = (await this.#marked()).filter((id) => !this.#earlier.has(id));
    for (const id of ids) this.note(id, expected);
    return ids.length;
  }

  /**
   * The times (milliseconds) of a schedule's ticks about which something was decided, in the order of the decisions. The
   * events of those from `from` to `to` are noted.
   */
  async noteTicks(schedule: string, { from, to }: { readonly from: number; readonly to: number }): Promise<number[]> {
    const filter = `tickrec.fr.main.${this.#function}.${schedule}`;
    const ticks: number[] = [];
    for await (const page of readMessages(this.#connection, 'TCK_fr', filter)) {
      for (const { data } of page) {
        for (const { scheduledAt, event } of tickRecordSchema.parse(JSON.parse(Buffer.from(data).toString()))
          .decisions) {
          const at = Date.parse(scheduledAt);
          ticks.push(at);
          if (event !== null && at >= from && at <= to) this.note(event, { state: 'succeeded', output: null });
        }
      }
    }
    return ticks;
  }

  /** Looks once. Throws while a server does not answer. */
  async check(): Promise<Verdict> {
    // Pending ones first: an event that ends meanwhile is then seen in both, and looked at again.
    const pending = await this.#pendingIds('*');
    const records = await this.#records();
    const lost = [...this.#accepted.keys()].filter((id) => !pending.has(id) && !records.has(id));
    const ended = new Map(
      [...records.values()].filter(({ state }) => ENDED.has(state)).map(({ id, state }) => [id, state]),
    );
    const gone = [...this.#accepted.keys()].filter((id) => !pending.has(id) && !ended.has(id) && records.has(id));
    const twice = [...this.#accepted.keys()].filter((id) => (this.#ends.get(id)?.size ?? 0) > 1);
    const doubled = [...twice, ...(await this.#stillPending([...ended.keys()].filter((id) => pending.has(id))))];
    const wrongEnds = await this.#wrongEnds(records);
    const waiting = [...this.#accepted.keys()].filter((id) => !ended.has(id));
    return { ended, pending: waiting, lost: [...lost, ...(await this.#stillUnended(gone))], doubled, wrongEnds };
  }

  /** Deletes an event's message behind the platform's back, as a broken disk would. */
  async dropMessage(event: string): Promise<void> {
    for (const filter of [`evt.fr.any.main.${this.#function}.${event}`, `sched.fr.main.${this.#function}.${event}`]) {
      await this.#streams.streams.purge('EVT_fr', { filter });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }

  /** From now on. A consumer that the server keeps, so that it goes on after a kill of nats-server. */
  async #watchEnds(): Promise<void> {
    const filter_subject = `rec.fr.main.${this.#function}.*`;
    const settings = {
      deliver_policy: DeliverPolicy.New,
      ack_policy: AckPolicy.None,
      inactive_threshold: nanos(HOUR_MS),
    };
    const durable_name = `ledger-${randomUUID()}`;
    await this.#streams.consumers.add('REC_fr', { durable_name, filter_subject, ...settings });
    const consumer = await jetstream(this.#connection).consumers.get('REC_fr', durable_name);
    await consumer.consume({
      callback: (message) => this.#noteRecord(recordSchema.parse(message.json()), message.seq),
    });
  }

  #noteRecord({ id, state }: Ended, sequence: number): void {
    if (!ENDED.has(state)) return;
    const ends = this.#ends.get(id) ?? new Set();
    this.#ends.set(id, ends.add(sequence));
  }

  /** `event`: one, or `*`. */
  async #pendingIds(event: string): Promise<Set<string>> {
    const of = `main.${this.#function}.${event}`;
    const events = await this.#idsOf('EVT_fr', `evt.fr.*.${of}`, `sched.fr.${of}`);
    return new Set([...events, ...(await this.#idsOf('QUE_fr', `que.fr.${of}`, `quesched.fr.${of}`))]);
  }

  async #marked(): Promise<string[]> {
    return [...(await this.#idsOf('QUE_fr', `quemark.fr.main.${this.#function}.*`))];
  }

  async #idsOf(stream: string, ...filters: string[]): Promise<Set<string>> {
    const found = new Set<string>();
    for (const filter of filters) {
      const { state } = await this.#streams.streams.info(stream, { subjects_filter: filter });
      for (const subject of Object.keys(state.subjects ?? {})) found.add(subject.split('.').at(-1)!);
    }
    return found;
  }

  async #records(): Promise<Map<string, Ended>> {
    const ids = await this.#idsOf('REC_fr', `rec.fr.main.${this.#function}.*`);
    const records = new Map<string, Ended>();
    await eachOf(
      [...ids].filter((id) => this.#accepted.has(id)),
      async (id) => {
        const record = await this.#record(id);
        if (record !== null) records.set(id, record);
      },
    );
    return records;
  }

  async #record(id: string): Promise<Ended | null> {
    const subject = `rec.fr.main.${this.#function}.${id}`;
    const message = await this.#streams.streams.getMessage('REC_fr', { last_by_subj: subject });
    return message === null ? null : recordSchema.parse(message.json());
  }

  /** A message is acknowledged after the record was written: only one that stays is wrong. */
  async #stillPending(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const pending = await this.#pendingIds('*');
    const isUnderWay = (await this.#underWay()) > 0;
    return isUnderWay ? [] : ids.filter((id) => pending.has(id));
  }

  /** Messages that gateways have. */
  async #underWay(): Promise<number> {
    let count = 0;
    for (const stream of ['EVT_fr', 'QUE_fr']) {
      for await (const { name, num_ack_pending } of this.#streams.consumers.list(stream)) {
        if (name.startsWith(`main_${this.#function}`)) count += num_ack_pending;
      }
    }
    return count;
  }

  async #stillUnended(ids: readonly string[]): Promise<string[]> {
    const lost: string[] = [];
    for (const id of ids) {
      const record = await this.#record(id);
      const pending = await this.#pendingIds(id);
      if (record === null || (!ENDED.has(record.state) && !pending.has(id))) lost.push(id);
    }
    return lost;
  }

  async #wrongEnds(records: ReadonlyMap<string, Ended>): Promise<string[]> {
    const wrong: string[] = [];
    await eachOf([...records.values()], async (record) => {
      if (ENDED.has(record.state) && !(await this.#isAsAnswered(record))) wrong.push(record.id);
    });
    return wrong;
  }

  async #isAsAnswered({ id, state, output }: Ended): Promise<boolean> {
    const expected = this.#accepted.get(id)!;
    if (state !== expected.state) return false;
    if (expected.output !== null) return output !== null && (await this.#outputText(output)) === expected.output;
    if (state !== 'dead-lettered') return true;
    const last_by_subj = `dlq.fr.main.${this.#function}.${id}`;
    return (await this.#streams.streams.getMessage('DLQ_fr', { last_by_subj })) !== null;
  }

  async #outputText(prefix: string): Promise<string | null> {
    try {
      const bytes = await this.#store.get(OUTPUTS, `${prefix}body`, { maxBytes: BODY_BYTES, timeoutMs: READ_MS });
      return bytes.toString('utf8');
    } catch (error) {
      if (isSovfnError(error) && error.code === 'not-found') return null;
      throw error;
    }
  }
}

async function eachOf<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
