/** Storing several messages at once on JetStream: atomic batches, and group commit over them. */
export {
  AtomicBatches,
  type AtomicBatchesOptions,
  type BatchMessage,
  type BatchRefusal,
  type BatchStored,
  MOST_BATCH_MESSAGES,
  isNoRoom,
  isWriteConflict,
  WRONG_LAST_SEQUENCE,
} from './atomic-batch.ts';
export { type BatchEntry, GroupCommit } from './group-commit.ts';
export { type MessageToStore, storeTogether } from './store-together.ts';
