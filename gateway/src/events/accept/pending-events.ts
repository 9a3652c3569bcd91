import type { NatsConnection } from '@nats-io/transport-node';
import {
  eventStream,
  functionDelayedEventsSubject,
  functionEventsSubject,
  type FunctionAddress,
} from '@sovfn/protocol';

const ASK_MS = 5_000;
const NOT_FOUND = 404;

/** Events of a function that have not ended, those that are delayed included. Throws what the client library throws. */
export async function countPendingEvents(connection: NatsConnection, of: FunctionAddress): Promise<number> {
  const subjects = [functionEventsSubject(of), functionDelayedEventsSubject(of)];
  const counts = await Promise.all(subjects.map((subject) => countMessages(connection, eventStream(of.zone), subject)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Messages of a stream that a filter matches. Throws what the client library throws. */
export async function countMessages(connection: NatsConnection, stream: string, filter: string): Promise<number> {
  return (await lookAt(connection, stream, filter)).count;
}

export interface SubjectLook {
  readonly count: number;
  /** Subject of the first message; null when there is none. */
  readonly first: string | null;
}

/** A batch of one message says how many would follow: the only count by subject that does not list them all. */
export async function lookAt(connection: NatsConnection, stream: string, subject: string): Promise<SubjectLook> {
  const query = JSON.stringify({ seq: 1, batch: 1, next_by_subj: subject });
  const first = await connection.request(`$JS.API.DIRECT.GET.${stream}`, query, { timeout: ASK_MS });
  if (first.headers?.code === NOT_FOUND) return { count: 0, first: null };
  const following = Number(first.headers?.get('Nats-Num-Pending') ?? 0);
  return { count: following + 1, first: first.headers?.get('Nats-Subject') ?? null };
}
