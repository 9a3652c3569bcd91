/**
 * What one call asked of the outside, as its node's receipt states it: the ledger's entries without what is not needed to
 * tell where something went. The node makes the requests itself; that they are of this call is its cell's word.
 */
import { z } from 'zod';
import { type EgressEntry, egressEntrySchema } from '../egress/ledger.ts';
import { canonicalJson } from '../trust/canonical-json.ts';

/** Requests of one call that its receipt lists; further ones are counted. */
export const MOST_LISTED_REQUESTS = 100;

export const listedRequestSchema = egressEntrySchema.omit({ invocation: true, wallMs: true, reason: true }).strict();
export type ListedRequest = z.output<typeof listedRequestSchema>;

export const callEgressSchema = z.strictObject({
  /** Requests that were sent or refused, redirects included. More than are listed: too many, or not over in time. */
  requests: z.int().min(0),
  /** In the order in which they ended. */
  listed: z.array(listedRequestSchema).max(MOST_LISTED_REQUESTS),
});
export type CallEgress = z.output<typeof callEgressSchema>;

export const NO_EGRESS: CallEgress = { requests: 0, listed: [] };

export function listedRequest({ invocation: _, wallMs: __, reason: ___, ...entry }: EgressEntry): ListedRequest {
  return entry;
}

/** As values of a leaf line. */
export function egressValues({ requests, listed }: CallEgress): string {
  return listed.length === 0 ? `${requests},[]` : `${requests},${canonicalJson(listed)}`;
}
