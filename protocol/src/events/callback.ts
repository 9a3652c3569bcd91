/** A callback: the result of an event, on its way to the URL that its caller named. One JSON message on `cb.…`. */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { eventIdSchema } from './event.ts';

export const callbackSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  event: eventIdSchema,
  zone: nameSchema,
  tenant: nameSchema,
  function: nameSchema,
  url: z.url().max(2_048),
  /** The attempt that this message asks for. */
  attempt: z.int().min(1),
});
export type Callback = z.output<typeof callbackSchema>;
