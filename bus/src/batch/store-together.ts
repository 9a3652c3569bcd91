import { JetStreamApiError } from '@nats-io/jetstream';
import { headers as newHeaders, type NatsConnection } from '@nats-io/transport-node';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';

export interface MessageToStore {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

const ANSWER_MS = 10_000;

const answerSchema = z.union([
  z.object({ error: z.object({ code: z.number(), err_code: z.number(), description: z.string() }) }),
  z.object({ count: z.number() }),
]);

/**
 * Stores messages of one stream on a connection of the client library, all or none: for whoever has no wire for
 * AtomicBatches. Throws JetStreamApiError when the server refuses, and what the library throws: then it is not known whether
 * they are stored.
 */
export async function storeTogether(connection: NatsConnection, messages: readonly MessageToStore[]): Promise<void> {
  const id = randomBytes(12).toString('hex');
  const last = messages.length - 1;
  for (const [index, { subject, payload, headers: more }] of messages.entries()) {
    const headers = newHeaders();
    for (const [name, value] of Object.entries(more)) headers.set(name, value);
    headers.set('Nats-Batch-Id', id);
    headers.set('Nats-Batch-Sequence', String(index + 1));
    if (index < last) {
      connection.publish(subject, payload, { headers });
      continue;
    }
    headers.set('Nats-Batch-Commit', '1');
    const reply = await connection.request(subject, payload, { headers, timeout: ANSWER_MS });
    const answer = answerSchema.parse(reply.json());
    if ('error' in answer) throw new JetStreamApiError(answer.error);
    if (answer.count !== messages.length) throw new Error(`${answer.count} of ${messages.length} messages were stored`);
  }
}
