/** Dead letters as the control API lists, shows, redrives and purges them. */
import { z } from 'zod';
import { jsonBodySchema } from '../control.ts';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { eventIdSchema } from './event.ts';
import { eventSummarySchema, shownRequestSchema } from './history.ts';
import { attemptSchema } from './record.ts';

/** One line of a list of dead letters. */
export const letterSummarySchema = z.strictObject({
  ...eventSummarySchema.pick({
    event: true,
    function: true,
    trigger: true,
    source: true,
    acceptedAt: true,
    bytes: true,
    attempts: true,
    outcome: true,
    status: true,
    replayOf: true,
  }).shape,
  diedAt: z.iso.datetime(),
  cause: z.string(),
});
export type LetterSummary = z.output<typeof letterSummarySchema>;

/** Answer of `GET /v1/functions/{name}/dead-letters`. */
export const letterListSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  /** By the time at which their events were accepted, newest first. */
  letters: z.array(letterSummarySchema),
  damaged: z.array(eventIdSchema),
  next: eventIdSchema.nullable(),
});
export type LetterList = z.output<typeof letterListSchema>;

/** Answer of `GET /v1/dead-letters/{event}`. */
export const letterDetailSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  ...letterSummarySchema.omit({ attempts: true, outcome: true, status: true }).shape,
  zone: nameSchema,
  attempts: z.array(attemptSchema),
  /** Of the last attempt; null when it had none. */
  lastResponse: z
    .strictObject({
      status: z.int(),
      headers: z.array(z.strictObject({ name: z.string(), value: z.string().nullable() })),
      /** Its first bytes. */
      body: jsonBodySchema,
      bytes: z.int().min(0),
    })
    .nullable(),
  request: shownRequestSchema,
});
export type LetterDetail = z.output<typeof letterDetailSchema>;
