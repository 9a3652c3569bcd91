/** `example.json`: the calls an example ships with, the deliveries to its webhooks, and how each must be answered. */
import { WEBHOOK_PROVIDERS } from '@sovfn/protocol';
import { z } from 'zod';

const expectationSchema = z.strictObject({
  status: z.int().min(200).max(599),
  /** Media type of the answer, without parameters. */
  contentType: z.string().min(1),
  startsWith: z.string().min(1).nullable().default(null),
  /** Texts the body holds somewhere, read as UTF-8. */
  contains: z.array(z.string().min(1)).default([]),
});

const shippedCallSchema = z.strictObject({
  /** What the call shows, as a sentence. */
  title: z.string().min(1),
  method: z.enum(['GET', 'POST', 'PUT', 'DELETE']),
  /** Path and query behind the function's address. */
  path: z.string().startsWith('/'),
  headers: z.record(z.string(), z.string()),
  /** File of the request body, relative to the example's folder. */
  bodyFile: z.string().min(1).nullable(),
  /** Until when it must be answered as expected, for what happens in the background. Null: at once. */
  withinSeconds: z.int().min(1).max(60).nullable().default(null),
  expect: expectationSchema,
});

/** A schedule of the example, run by hand as if the clock showed another time. */
const shippedRunSchema = z.strictObject({
  /** What the run shows, as a sentence. */
  title: z.string().min(1),
  /** Name of the schedule in `sovfn.jsonc`. */
  schedule: z.string().min(1),
  /** Local time in the schedule's zone, such as `2026-10-25T02:30`. */
  at: z.string().min(1),
  /** Calls that show what the run has left behind. */
  then: z.array(shippedCallSchema).default([]),
});

const shippedDeliverySchema = z.strictObject({
  title: z.string().min(1),
  /** Name of the webhook. */
  webhook: z.string().min(1),
  provider: z.enum(WEBHOOK_PROVIDERS),
  /** Of the event, where the provider sends it in a header. */
  type: z.string().min(1).nullable().default(null),
  /** Of the delivery, where the provider sends it in a header. */
  id: z.string().min(1).nullable().default(null),
  bodyFile: z.string().min(1),
  /** A delivery before it was the same: nothing runs. */
  isRepetition: z.boolean().default(false),
  /** What the function must answer when its event runs. */
  expect: expectationSchema,
  /** Calls that show what it left behind. */
  then: z.array(shippedCallSchema).default([]),
});

export const exampleSchema = z.strictObject({
  calls: z.array(shippedCallSchema).min(1),
  deliveries: z.array(shippedDeliverySchema).default([]),
  runs: z.array(shippedRunSchema).default([]),
});

export type Expectation = z.output<typeof expectationSchema>;
export type ShippedCall = z.output<typeof shippedCallSchema>;
export type ShippedDelivery = z.output<typeof shippedDeliverySchema>;
export type ShippedRun = z.output<typeof shippedRunSchema>;
