/** Body of a `schedule` call, JSON: what the function's `scheduled` handler is told. */
import { z } from 'zod';
import { ProtocolError } from '../errors.ts';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';

const scheduledCallSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** The tick: milliseconds since 1970. A run by hand may be of any time. */
  scheduledTime: z.int(),
  /** As in `sovfn.jsonc`. */
  cron: z.string().max(128),
  /** Of the schedule. */
  name: nameSchema,
  /** Counts from 1. */
  attempt: z.int().min(1),
});
export type ScheduledCall = Omit<z.output<typeof scheduledCallSchema>, 'v'>;

export function encodeScheduledCall({ scheduledTime, cron, name, attempt }: ScheduledCall): Buffer {
  return Buffer.from(JSON.stringify({ v: PROTOCOL_VERSION, scheduledTime, cron, name, attempt }), 'utf8');
}

export function decodeScheduledCall(body: Uint8Array): ScheduledCall {
  try {
    const { v: _v, ...facts } = scheduledCallSchema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
    return facts;
  } catch (error) {
    throw new ProtocolError(`the body of a schedule call cannot be read: ${String(error).slice(0, 500)}`);
  }
}
