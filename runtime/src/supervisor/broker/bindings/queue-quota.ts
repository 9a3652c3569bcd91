/**
 * How many messages of a function's queues may wait. A gateway says it, and is asked in the background at most once in
 * LOOK_MS while the function sends; what this node has stored since is added. So the limit is passed by what nodes store
 * within that time, and by no more. While no gateway answers, the last answer stays; before the first there is room.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import {
  type FunctionAddress,
  PROTOCOL_VERSION,
  type QueueRoom,
  queueRoomSchema,
  queueRoomSubject,
} from '@sovfn/protocol';
import { AskError } from '../ask.ts';

interface Known {
  waiting: number;
  most: number;
  storedSince: number;
  /** On the clock of `performance.now()`; an answer is awaited until then. */
  nextLookAt: number;
}

const LOOK_MS = 1_000;
const ANSWER_MS = 5_000;

export class QueueQuota {
  readonly #connection: NatsConnection;
  readonly #known = new Map<string, Known>();

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  /** Throws AskError. */
  assertRoom(of: FunctionAddress, messages: number): void {
    const known = this.#entry(of);
    if (performance.now() >= known.nextLookAt) this.#look(of, known);
    const waiting = known.waiting + known.storedSince;
    if (waiting + messages <= known.most) return;
    const what = `${waiting} messages in the queues of "${of.function}" have not ended; ${known.most} may`;
    throw new AskError('Error', `too-many-events: ${what}. Send again when the queue handler has taken some.`);
  }

  noteStored(of: FunctionAddress, messages: number): void {
    this.#entry(of).storedSince += messages;
  }

  #look(of: FunctionAddress, known: Known): void {
    known.nextLookAt = Infinity;
    const storedBefore = known.storedSince;
    this.#ask(of).then(
      ({ waiting, most }) => {
        known.storedSince -= storedBefore;
        known.nextLookAt = performance.now() + LOOK_MS;
        Object.assign(known, { waiting, most });
        if (waiting + known.storedSince === 0) this.#known.delete(keyOf(of));
      },
      () => (known.nextLookAt = performance.now() + LOOK_MS),
    );
  }

  async #ask({ zone, tenant, function: name }: FunctionAddress): Promise<QueueRoom> {
    const request = JSON.stringify({ v: PROTOCOL_VERSION, tenant, function: name });
    const answer = await this.#connection.request(queueRoomSubject(zone), request, { timeout: ANSWER_MS });
    return queueRoomSchema.parse(answer.json());
  }

  #entry(of: FunctionAddress): Known {
    const key = keyOf(of);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = { waiting: 0, most: Infinity, storedSince: 0, nextLookAt: 0 };
    this.#known.set(key, made);
    return made;
  }
}

const keyOf = ({ zone, tenant, function: name }: FunctionAddress): string => `${zone}.${tenant}.${name}`;
