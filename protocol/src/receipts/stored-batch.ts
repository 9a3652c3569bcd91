/**
 * A batch as it is stored on the bus: a line of JSON (what is signed, the signature, the labels, the contexts) that ends in a line feed,
 * then the calls, as `batch-root.ts` says, or in version 1 as `version-1.ts` does.
 *
 * Hostile: a stored batch may have been changed. What is made of it is verified by whoever gets it.
 */
import { z } from 'zod';
import { invocationBytes } from '../invocation-id.ts';
import { isName } from '../names.ts';
import { signedLabelsSchema } from '../trust/labels.ts';
import { detachedJwsSchema, documentDigest } from '../trust/signing.ts';
import { leafOfRecord, parseStoredCalls } from './batch-root.ts';
import { invocationOfRecord, parseGatewayRecord, parseNodeRecord } from './call-record.ts';
import { encodeHash } from './merkle.ts';
import {
  BATCH_VERSION,
  type GatewayCall,
  gatewayContextSchema,
  type GatewayHalf,
  type NodeCall,
  nodeContextSchema,
  type NodeHalf,
  receiptBatchSchema,
} from './receipt.ts';
import { parseGatewayLine, parseNodeLine, parseStoredLines, pathOfLine } from './version-1.ts';
import { widePath } from './wide-tree.ts';

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

/** `calls`: as `batch-root.ts` says. */
export function encodeReceiptBatch(head: BatchHead, calls: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`, 'utf8'), calls]);
}

/** What a batch says about an invocation of a tenant; null when it says nothing. Throws for a batch that is damaged. */
export function findInBatch(stored: Uint8Array, tenant: string, invocation: string): NodeHalf | GatewayHalf | null {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const id = invocationBytes(invocation);
  if (!bytes.includes(id) && !bytes.includes(`\t"${invocation}"`)) return null;
  const end = bytes.indexOf('\n');
  const { contexts, ...head } = batchHeadSchema.parse(JSON.parse(bytes.toString('utf8', 0, end)));
  const digests = contexts.map(documentDigest);
  const find = head.batch.v === BATCH_VERSION ? findRecord : findLine;
  const found = find(bytes.subarray(end + 1), {
    digests,
    isWanted: (place, ofCall) => ofCall === invocation && contexts[place]?.tenant === tenant,
  });
  if (found === null) return null;
  const { place, index, path } = found;
  const context = contexts[place]!;
  const proof = { index, path, ...head };
  if (context.role === 'node') return { context, call: found.nodeCall(), ...proof };
  return { context, call: found.gatewayCall(), ...proof };
}

interface Wanted {
  /** Of the contexts. */
  readonly digests: readonly string[];
  readonly isWanted: (place: number, invocation: string) => boolean;
}

interface FoundCall {
  /** Of its context. */
  readonly place: number;
  readonly index: number;
  readonly path: string[];
  readonly nodeCall: () => NodeCall;
  readonly gatewayCall: () => GatewayCall;
}

function findRecord(stored: Buffer, { digests, isWanted }: Wanted): FoundCall | null {
  const calls = parseStoredCalls(stored);
  const index = calls.findIndex(({ place, record }) => isWanted(place, invocationOfRecord(record)));
  if (index === -1) return null;
  const { place, record } = calls[index]!;
  const leaves = calls.map((call) => leafOfRecord(digests[call.place]!, call.record));
  return {
    ...{ place, index, path: widePath(leaves, index).map(encodeHash) },
    nodeCall: () => parseNodeRecord(record),
    gatewayCall: () => parseGatewayRecord(record),
  };
}

function findLine(stored: Buffer, { digests, isWanted }: Wanted): FoundCall | null {
  const lines = parseStoredLines(stored);
  const index = lines.findIndex(({ place, line }) => isWanted(place, line.slice(1, line.indexOf('"', 1))));
  if (index === -1) return null;
  const { place, line } = lines[index]!;
  return {
    ...{ place, index, path: pathOfLine(lines, digests, index) },
    nodeCall: () => parseNodeLine(line),
    gatewayCall: () => parseGatewayLine(line),
  };
}
