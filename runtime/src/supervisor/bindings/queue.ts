/**
 * Carries out `queue` bindings: a message becomes a durable event of the function that sent it, whose `queue` handler gets
 * it. Resolves when NATS has stored all messages of a batch, each with a marker that says so, or none; after an error that
 * is not the server's own, nobody knows. Refused while as many messages of the function wait as may (QueueQuota), and while
 * its tenant may store no more: what its handler answers is an output.
 */
import { type MessageToStore, storeTogether } from '@sovfn/bus';
import {
  CONTENT_TYPES,
  encodeEvent,
  eventPlace,
  eventHeadSchema,
  makeInvocationIds,
  PROTOCOL_VERSION,
  QUEUE_DELAY_SECONDS,
  queueMessages,
  queueSubject,
} from '@sovfn/protocol';
import { createHash, randomBytes } from 'node:crypto';
import { type DataKeySource, seal } from '@sovfn/bus/encryption';
import { z } from 'zod';
import type { QueueHead } from '../../bridge/asks.ts';
import { AskError, type Asker } from '../../asks/ask.ts';
import {
  assertStorage,
  type BusBindingOptions,
  collectBody,
  grantedBinding,
  parseHead,
  refusedByBus,
  withKeys,
} from './granted.ts';
import type { BindingHandler } from './grants.ts';
import { QueueQuota } from './queue-quota.ts';

/** One message, and a batch of them. Bytes. */
const MESSAGE_BYTES = 128 * 1024;
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_MESSAGES = 100;
/** Messages that a head may list, so that a batch with too many is told so. */
const LISTED_MESSAGES = 10_000;

type QueueMessage = QueueHead['messages'][number];

const headSchema: z.ZodType<QueueHead> = z.strictObject({
  binding: z.string().max(128),
  messages: z
    .array(
      z.strictObject({
        bytes: z.int().min(0),
        contentType: z.enum(CONTENT_TYPES),
        delaySeconds: z.int().min(0).max(QUEUE_DELAY_SECONDS),
      }),
    )
    .max(LISTED_MESSAGES),
});

export function makeQueueHandler({ connection, keys, storageRoom }: BusBindingOptions): BindingHandler {
  const quota = new QueueQuota(connection);
  return async (ask) => {
    const { binding, messages } = parseHead(headSchema, ask);
    grantedBinding(ask, binding, 'queue');
    const bytes = checkedBytes(messages);
    quota.assertRoom(ask.from, messages.length);
    assertStorage(storageRoom, ask, 0);
    const batch = await collectBody(ask, BATCH_BYTES, 'The batch');
    if (bytes !== batch.length)
      throw new AskError('TypeError', `The batch says ${bytes} bytes and has ${batch.length}.`);
    let at = 0;
    const sealed = messages.map((message) => {
      const body = batch.subarray(at, (at += message.bytes));
      return messagesOf(keys.inZone(ask.from.zone), { from: ask.from, binding, message, body });
    });
    const entries = (await withKeys(() => Promise.all(sealed))).flat();
    try {
      await storeTogether(connection, entries);
    } catch (error) {
      throw refusedByBus(error, messages.length === 1 ? 'The message' : 'The batch');
    }
    quota.noteStored(ask.from, messages.length);
    return { head: {}, body: null };
  };
}

/** Bytes of all messages together. Throws AskError for what no batch may have, before its body is read. */
function checkedBytes(messages: readonly QueueMessage[]): number {
  const { length } = messages;
  if (length === 0) throw new AskError('TypeError', 'A batch has no messages. Send at least one.');
  const several = 'Send the messages in several batches.';
  if (length > BATCH_MESSAGES) throw tooMuch(`A batch has ${length} messages`, BATCH_MESSAGES, several);
  const large = messages.findIndex(({ bytes }) => bytes > MESSAGE_BYTES);
  if (large !== -1) {
    const what = `Message ${large + 1} of ${length} has ${messages[large]!.bytes} bytes`;
    throw tooMuch(what, MESSAGE_BYTES, 'Put what is large into a bucket, and send its key.');
  }
  const bytes = messages.reduce((sum, message) => sum + message.bytes, 0);
  if (bytes > BATCH_BYTES) throw tooMuch(`A batch has ${bytes} bytes`, BATCH_BYTES, several);
  return bytes;
}

function tooMuch(what: string, most: number, hint: string): AskError {
  return new AskError('RangeError', `${what}; at most ${most} are allowed. ${hint}`);
}

interface Publication {
  readonly from: Asker;
  readonly binding: string;
  readonly message: QueueMessage;
  readonly body: Uint8Array;
}

const newEvent = makeInvocationIds((size) => randomBytes(size));

async function messagesOf(
  keys: DataKeySource,
  { from, binding, message, body }: Publication,
): Promise<MessageToStore[]> {
  const { zone, tenant, function: name } = from;
  const { contentType, delaySeconds } = message;
  const acceptedAt = new Date().toISOString();
  const head = eventHeadSchema.parse({
    ...{ v: PROTOCOL_VERSION, id: newEvent(), trigger: 'queue', zone, tenant, function: name, acceptedAt },
    ...{ method: 'POST', url: `queue:${binding}`, headers: '', queue: { binding, contentType } },
  });
  const payloadSha256 = createHash('sha256').update(body).digest('hex');
  const notBefore = delaySeconds === 0 ? null : new Date(Date.now() + delaySeconds * 1_000);
  const payload = await seal(keys, eventPlace(queueSubject(from, head.id)), encodeEvent(head, body));
  return queueMessages(head, payload, { payloadSha256, notBefore });
}
