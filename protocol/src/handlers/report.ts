/**
 * What a `scheduled` or `queue` handler has decided beside how it ended: the body of a `queue` call's answer (status 200),
 * and a part of the failure frame of either. A `schedule` call's answer has status 204 and no body.
 *
 * Hostile: it comes from a process that runs tenant code. `settleBatch` refuses a report that does not fit its batch.
 */
import { z } from 'zod';
import { ProtocolError } from '../errors.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { BATCH_MESSAGES, QUEUE_DELAY_SECONDS } from './batch.ts';

/** Of a message within its batch, from 0. */
const positionSchema = z
  .int()
  .min(0)
  .max(BATCH_MESSAGES - 1);

export const handlerReportSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** A failure shall not be tried again. */
  isFinal: z.boolean(),
  /** Messages that were explicitly acknowledged: they are done, however the call ends. */
  acked: z.array(positionSchema).max(BATCH_MESSAGES),
  /** Messages that shall come again. `delaySeconds` null: when the function's `retry` says. */
  retried: z
    .array(
      z.strictObject({
        position: positionSchema,
        delaySeconds: z.int().min(0).max(QUEUE_DELAY_SECONDS).nullable(),
      }),
    )
    .max(BATCH_MESSAGES),
});
export type HandlerReport = z.output<typeof handlerReportSchema>;

/** What becomes of a message. */
export type Settlement = { readonly type: 'ack' } | { readonly type: 'retry'; readonly delaySeconds: number | null };

export const NOTHING_REPORTED: HandlerReport = { v: PROTOCOL_VERSION, isFinal: false, acked: [], retried: [] };

export function encodeReport(report: HandlerReport): Buffer {
  return Buffer.from(JSON.stringify(report), 'utf8');
}

export function decodeReport(body: Uint8Array): HandlerReport {
  try {
    return handlerReportSchema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch (error) {
    throw new ProtocolError(`the report of a handler cannot be read: ${String(error).slice(0, 500)}`);
  }
}

/**
 * What becomes of each message of a batch. Without a decision a message is acknowledged when the handler resolved, else it
 * is tried again. Throws ProtocolError when the report decides twice about a message, or about one that is not there.
 */
export function settleBatch(size: number, report: HandlerReport, isResolved: boolean): Settlement[] {
  const settled = new Array<Settlement | null>(size).fill(null);
  const decide = (position: number, settlement: Settlement): void => {
    if (settled[position] !== null)
      throw new ProtocolError(`a handler cannot decide about message ${position} of ${size}`);
    settled[position] = settlement;
  };
  for (const position of report.acked) decide(position, { type: 'ack' });
  for (const { position, delaySeconds } of report.retried) decide(position, { type: 'retry', delaySeconds });
  const otherwise: Settlement = isResolved ? { type: 'ack' } : { type: 'retry', delaySeconds: null };
  return settled.map((settlement) => settlement ?? otherwise);
}
