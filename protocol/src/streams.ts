/**
 * On which servers streams lie, and how gateways remember those of a zone, so that one that was deleted is missed and not made
 * again in silence.
 */
import { z } from 'zod';
import {
  deadLetterStream,
  endedEventStream,
  eventStream,
  kvBucket,
  queueStream,
  recordStream,
  spillStream,
  tickStream,
} from './bindings.ts';
import { egressStream } from './egress/index.ts';
import { logStream } from './logs.ts';
import { isName } from './names.ts';
import { receiptStream } from './receipts/index.ts';
import { PROTOCOL_VERSION } from './version.ts';

/** KV bucket with one mark for each stream that holds what was accepted; key: the stream's name. */
export const STREAMS_BUCKET = 'streams';

export const streamMarkSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** When the server made the stream: two streams of one name differ in it. */
  createdAt: z.string().min(1),
});

/**
 * Tag of the NATS servers on which the streams of a zone may lie. A server carries one for each zone that its machine
 * satisfies, so one tag says where a stream may be, whatever the zone is made of.
 */
export const zoneServerTag = (zone: string): string => `zone:${zone}`;

const ZONE_STREAMS: readonly ((zone: string) => string)[] = [
  eventStream,
  queueStream,
  tickStream,
  recordStream,
  deadLetterStream,
  endedEventStream,
  spillStream,
  logStream,
  egressStream,
  receiptStream,
  (zone) => `KV_${kvBucket(zone)}`,
];

/** Null: the stream is not that of one zone. */
export function zoneOfStream(stream: string): string | null {
  for (const nameIn of ZONE_STREAMS) {
    const prefix = nameIn('x').slice(0, -1);
    const zone = stream.slice(prefix.length);
    if (stream.startsWith(prefix) && isName(zone)) return zone;
  }
  return null;
}
