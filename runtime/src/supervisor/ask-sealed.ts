/**
 * Asks a gateway for what must not be on the bus in the clear: the answer is sealed for a key that is made for the one
 * question, and opens in its context only.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { SealedBox } from '@sovfn/bus';
import { isErrorCode, problemSchema, sealedAnswerSchema, SovfnError } from '@sovfn/protocol';

export interface SealedQuestion {
  readonly subject: string;
  /** Without the key for its answer, which is `publicKey`. */
  readonly request: object;
  /** In which the gateway seals the answer. */
  readonly context: string;
}

const ANSWER_MS = 5_000;

/** Resolves with the answer's JSON. Throws SovfnError for a refusal, and what the bus or a malformed answer throws. */
export async function askSealed(
  connection: NatsConnection,
  { subject, request, context }: SealedQuestion,
): Promise<unknown> {
  const box = new SealedBox();
  const payload = JSON.stringify({ ...request, publicKey: box.publicKey });
  const reply = await connection.request(subject, payload, { timeout: ANSWER_MS });
  const answer: unknown = reply.json();
  const refusal = problemSchema.safeParse(answer);
  if (refusal.success) {
    const { code, detail } = refusal.data;
    throw new SovfnError(isErrorCode(code) ? code : 'forbidden', detail);
  }
  return JSON.parse(box.open(sealedAnswerSchema.parse(answer).sealed, context).toString());
}
