/** What gateways tell each other about the events of a function. */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { EVENT_LANES, type FunctionAddress } from '../subjects.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { eventIdSchema } from './event.ts';

/** KV bucket with one record for each function that has events, key `dispatchKey`: from it, all gateways know what to take. */
export const DISPATCH_BUCKET = 'dispatch';

export const dispatchRecordSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  zone: nameSchema,
  tenant: nameSchema,
  function: nameSchema,
  /** Lanes that have had events, and whether the function has had messages in its queues. */
  lanes: z.array(z.enum(EVENT_LANES)),
  hasQueue: z.boolean(),
  /** Since when no event of the function begins; null: they run. */
  pausedAt: z.iso.datetime().nullable(),
});
export type DispatchRecord = z.output<typeof dispatchRecordSchema>;

export const dispatchKey = ({ zone, tenant, function: name }: FunctionAddress): string => `${zone}.${tenant}.${name}`;

/** Names hold no dot. */
export function addressOfDispatchKey(key: string): FunctionAddress {
  const [zone = '', tenant = '', name = ''] = key.split('.');
  return { zone, tenant, function: name };
}

/** Request on `stop.<zone>`: the gateway that runs the event ends its call and answers; no answer: nobody runs it. */
export const stopRequestSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  tenant: nameSchema,
  function: nameSchema,
  event: eventIdSchema,
});
export type StopRequest = z.output<typeof stopRequestSchema>;
