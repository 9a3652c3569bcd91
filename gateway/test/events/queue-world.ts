/** Messages of queues as nodes send them, and what a cell sees and answers of their batches. */
import { storeTogether } from '@sovfn/bus';
import {
  type Batch,
  delayedQueueSubject,
  encodeEvent,
  encodeReport,
  type EventHead,
  eventHeadSchema,
  functionQueueSubject,
  type HandlerReport,
  makeInvocationIds,
  NOTHING_REPORTED,
  queueMessages,
  queueStream,
  queueSubject,
  readBatch,
} from '@sovfn/protocol';
import { setTimeout as delay } from 'node:timers/promises';
import { TENANT, ZONE } from '../peers/gateway-bench.ts';
import type { ServedCall } from '../peers/peer-cell.ts';
import type { EventWorld } from './event-world.ts';

const nextId = makeInvocationIds((size) => crypto.getRandomValues(new Uint8Array(size)));
const POLL_MS = 20;
const NO_BYTES = Buffer.alloc(0);

export const addressOf = (name: string) => ({ zone: ZONE, tenant: TENANT, function: name });

export interface SentMessage {
  readonly binding?: string;
  /** Replaces what a node would write. */
  readonly head?: Partial<EventHead>;
}

/** Stores a message as the supervisor of a node does. Returns its id. */
export async function send(
  world: EventWorld,
  name: string,
  body: string | Buffer,
  { binding = 'JOBS', head = {} }: SentMessage = {},
): Promise<string> {
  const of = addressOf(name);
  const id = nextId();
  const facts = { v: 1, id, trigger: 'queue', ...of, acceptedAt: new Date().toISOString() } as const;
  const queue = { binding, contentType: 'text' } as const;
  const made = eventHeadSchema.parse({
    ...facts,
    method: 'POST',
    url: `queue:${binding}`,
    headers: '',
    queue,
    ...head,
  });
  const [marker] = queueMessages({ ...made, ...of }, NO_BYTES, { payloadSha256: '0'.repeat(64), notBefore: null });
  const message = { subject: queueSubject(of, id), payload: encodeEvent(made, Buffer.from(body)), headers: {} };
  await storeTogether(world.connection, [marker!, message]);
  return id;
}

/** The batch of a call whose body fits into it. */
export function batchOf({ call }: ServedCall): Batch {
  const batch = readBatch(call.body);
  if (batch === null) throw new Error('the call holds no batch');
  return batch;
}

export const bodiesOf = (served: ServedCall): string[] =>
  batchOf(served)
    .messages.map(({ bytes }) => Buffer.from(bytes).toString())
    .toSorted();

export function report(served: ServedCall, parts: Partial<HandlerReport> = {}): void {
  served.answer(encodeReport({ ...NOTHING_REPORTED, ...parts }), { headers: 'content-type\napplication/json\n' });
}

/** Where the messages with these bodies are in the batch. */
export function positionsOf(served: ServedCall, ...bodies: string[]): number[] {
  const { messages } = batchOf(served);
  return bodies.map((body) => messages.findIndex(({ bytes }) => Buffer.from(bytes).toString() === body));
}

/** Resolves when the function has no message left, due or not. */
export async function untilEmpty(world: EventWorld, name: string): Promise<void> {
  while ((await waiting(world, name)).length > 0) await delay(POLL_MS);
}

/** Ids of its messages that have not ended. */
export async function waiting(world: EventWorld, name: string): Promise<string[]> {
  const of = addressOf(name);
  const ids = new Set<string>();
  for (const filter of [functionQueueSubject(of), delayedQueueSubject(of, '*')]) {
    const { state } = await world.streams.streams.info(queueStream(ZONE), { subjects_filter: filter });
    for (const subject of Object.keys(state.subjects ?? {})) ids.add(subject.split('.').at(-1)!);
  }
  return [...ids].toSorted();
}
