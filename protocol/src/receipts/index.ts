export {
  type CellValues,
  EMPTY_HASH,
  egressBytes,
  endOfCellRecord,
  type GatewayValues,
  invocationOfRecord,
  NO_EGRESS_BYTES,
  writeCellRecord,
  writeGatewayRecord,
} from './call-record.ts';
export { type CallEgress, listedRequest, type ListedRequest, MOST_LISTED_REQUESTS } from './call-egress.ts';
export { eventOfCall } from './event-of-call.ts';
export { decodeHash, encodeHash, type NodeHash, GrowingTree, hashLeaf, WholeTree } from './merkle.ts';
export {
  BATCH_VERSION,
  type GatewayCall,
  type GatewayContext as GatewayReceiptContext,
  gatewayContextSchema,
  type GatewayHalf,
  type NodeCall,
  type NodeContext as NodeReceiptContext,
  type NodeHalf,
  type Receipt,
  type ReceiptBatch,
  receiptSchema,
} from './receipt.ts';
export { type StatementBytes, StatementWriter } from './statement-bytes.ts';
export { type BatchHead, encodeReceiptBatch, findInBatch, RECEIPT_DAYS_ON_BUS, receiptStream } from './stored-batch.ts';
export { assertReceiptInZone, verifyReceipt } from './verify.ts';
