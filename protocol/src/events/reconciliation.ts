/** Whether what was accepted is where it must be: what the control API finds when it compares. */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { eventIdSchema } from './event.ts';

/**
 * `lost`: accepted, and neither ended nor waiting. `letter-missing`: it ended as a dead letter that is not there.
 * `output-missing`: its record names an output that is not in the object store. `unreadable`: its marker or record is damaged.
 */
export const DISAGREEMENTS = ['lost', 'letter-missing', 'output-missing', 'unreadable'] as const;
export type Disagreement = (typeof DISAGREEMENTS)[number];

/** Disagreements that one answer names. */
export const MOST_DISAGREEMENTS = 1_000;

export const reconciliationSchema = z.strictObject({
  function: nameSchema,
  /** Events that were accepted from then on are compared, up to the beginning of the comparison. */
  since: z.iso.datetime(),
  accepted: z.int().min(0),
  /** Of them, those that have ended … */
  ended: z.int().min(0),
  /** … and those that wait or run. */
  pending: z.int().min(0),
  disagreements: z.array(
    z.strictObject({
      /** Null when not even that can be read. */
      event: eventIdSchema.nullable(),
      kind: z.enum(DISAGREEMENTS),
      detail: z.string(),
    }),
  ),
  /** How many there are, of which the first are named. */
  disagreementCount: z.int().min(0),
});
export type Reconciliation = z.output<typeof reconciliationSchema>;

/** Answer of `GET /v1/reconcile` and `GET /v1/functions/{name}/reconcile`. */
export const reconcileResponseSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  functions: z.array(reconciliationSchema),
});
export type ReconcileResponse = z.output<typeof reconcileResponseSchema>;
