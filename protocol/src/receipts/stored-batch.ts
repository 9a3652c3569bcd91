/**
 * A batch as it is stored on the bus: text, lines that end in a line feed.
 *
 *   1st line: JSON: what is signed, the signature, the labels, the contexts
 *   then for each call: place of its context, a tab, its leaf line
 *
 * Hostile: a stored batch may have been changed. What is made of it is verified by whoever gets it.
 */
import { z } from 'zod';
import { isName } from '../names.ts';
import { signedLabelsSchema } from '../trust/labels.ts';
import { detachedJwsSchema, documentDigest } from '../trust/signing.ts';
import { leafText, parseStoredLine } from './batch-root.ts';
import { encodeHash, hashLeaf, WholeTree } from './merkle.ts';
import {
  gatewayContextSchema,
  type GatewayHalf,
  nodeContextSchema,
  type NodeHalf,
  parseGatewayLine,
  parseNodeLine,
  receiptBatchSchema,
} from './receipt.ts';

export const batchHeadSchema = z.strictObject({
  batch: receiptBatchSchema,
  signature: detachedJwsSchema,
  labels: signedLabelsSchema,
  contexts: z.array(z.union([nodeContextSchema, gatewayContextSchema])),
});
export type BatchHead = z.output<typeof batchHeadSchema>;

/** How long batches stay on the bus. */
export const RECEIPT_DAYS_ON_BUS = 7;

export const receiptStream = (zone: string): string => {
  if (!isName(zone)) throw new RangeError(`"${zone}" is not the name of a zone`);
  return `RCT_${zone}`;
};

/** `lines`: ASCII, each with the place of its context and a tab in front, and a line feed behind. */
export function encodeReceiptBatch(head: BatchHead, lines: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`, 'utf8'), lines]);
}

/** What a batch says about an invocation of a tenant; null when it says nothing. Throws for a batch that is damaged. */
export function findInBatch(stored: Uint8Array, tenant: string, invocation: string): NodeHalf | GatewayHalf | null {
  const text = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  if (!text.includes(`\t"${invocation}"`)) return null;
  const [first, ...lines] = text.toString('utf8').split('\n');
  const { batch, signature, labels, contexts } = batchHeadSchema.parse(JSON.parse(first!));
  const digests = contexts.map(documentDigest);
  const entries = lines.slice(0, -1).map(parseStoredLine);
  const index = entries.findIndex(
    ({ place, line }) => line.startsWith(`"${invocation}"`) && contexts[place]?.tenant === tenant,
  );
  if (index === -1) return null;
  const { place, line } = entries[index]!;
  const leaves = entries.map((entry) => hashLeaf(leafText(digests[entry.place]!, entry.line)));
  const path = new WholeTree(leaves).path(index).map(encodeHash);
  const proof = { index, path, batch, signature, labels };
  const context = contexts[place]!;
  if (context.role === 'node') return { context, call: parseNodeLine(line), ...proof };
  return { context, call: parseGatewayLine(line), ...proof };
}
