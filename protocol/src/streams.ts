/** How gateways remember the streams of a zone, so that one that was deleted is missed and not made again in silence. */
import { z } from 'zod';
import { PROTOCOL_VERSION } from './version.ts';

/** KV bucket with one mark for each stream that holds what was accepted; key: the stream's name. */
export const STREAMS_BUCKET = 'streams';

export const streamMarkSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** When the server made the stream: two streams of one name differ in it. */
  createdAt: z.string().min(1),
});
