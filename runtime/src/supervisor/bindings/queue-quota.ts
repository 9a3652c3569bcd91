/**
 * How many messages of a function's queues may wait: a gateway says it, and is asked while the function sends. How exact that
 * is, WaitingCounts says. While no gateway answers, the last answer stays; before the first there is room.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { WaitingCounts } from '@sovfn/bus';
import {
  type FunctionAddress,
  PROTOCOL_VERSION,
  type QueueRoom,
  queueRoomSchema,
  queueRoomSubject,
} from '@sovfn/protocol';
import { AskError } from '../../asks/ask.ts';

const ANSWER_MS = 5_000;

export class QueueQuota {
  readonly #counts: WaitingCounts<QueueRoom>;

  constructor(connection: NatsConnection) {
    this.#counts = new WaitingCounts({ count: (of) => askRoom(connection, of), onFailed: () => undefined });
  }

  /** Throws AskError. */
  assertRoom(of: FunctionAddress, messages: number): void {
    const { counted, waiting } = this.#counts.look(of);
    if (counted === null || waiting + messages <= counted.most) return;
    const what = `${waiting} messages in the queues of "${of.function}" have not ended; ${counted.most} may`;
    throw new AskError('Error', `too-many-events: ${what}. Send again when the queue handler has taken some.`);
  }

  noteStored(of: FunctionAddress, messages: number): void {
    this.#counts.noteStored(of, messages);
  }
}

async function askRoom(
  connection: NatsConnection,
  { zone, tenant, function: name }: FunctionAddress,
): Promise<QueueRoom> {
  const request = JSON.stringify({ v: PROTOCOL_VERSION, tenant, function: name });
  const answer = await connection.request(queueRoomSubject(zone), request, { timeout: ANSWER_MS });
  return queueRoomSchema.parse(answer.json());
}
