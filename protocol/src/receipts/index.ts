export type { LeafLine } from './batch-root.ts';
export { type CallEgress, listedRequest, type ListedRequest, MOST_LISTED_REQUESTS, NO_EGRESS } from './call-egress.ts';
export { eventOfCall } from './event-of-call.ts';
export { decodeHash, encodeHash, GrowingTree, hashLeaf, WholeTree } from './merkle.ts';
export {
  cellLine,
  EMPTY_SHA256,
  type GatewayCall,
  type GatewayContext as GatewayReceiptContext,
  gatewayContextSchema,
  type GatewayHalf,
  gatewayLine,
  type GatewayValues,
  type NodeCall,
  type NodeContext as NodeReceiptContext,
  type NodeHalf,
  nodeLineOf,
  type NodeValues,
  type Receipt,
  type ReceiptBatch,
  receiptSchema,
} from './receipt.ts';
export { type BatchHead, encodeReceiptBatch, findInBatch, RECEIPT_DAYS_ON_BUS, receiptStream } from './stored-batch.ts';
export { assertReceiptInZone, verifyReceipt } from './verify.ts';
