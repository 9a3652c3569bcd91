/** The bus for everything but calls: the maintained client library, the registries, and the users of the servers. */
export { type AuditDraft, AuditLog, type AuditLogOptions, type CheckpointCopy } from './audit/audit-log.ts';
export { updateAccount } from './auth/account-update.ts';
export { type NodeSigner, nodeSigner } from './auth/node-signer.ts';
export { type BusOperator, createBusOperator, operatorConfig, withSigners } from './auth/operator.ts';
export { SealedBox, sealFor } from './auth/sealed-box.ts';
export { createUserCredential, createUserKey, issueUserJwt, type UserGrant, type UserKey } from './auth/users.ts';
export {
  AtomicBatches,
  type AtomicBatchesOptions,
  type BatchEntry,
  type BatchMessage,
  type BatchRefusal,
  type BatchStored,
  GroupCommit,
  MOST_BATCH_MESSAGES,
  type MessageToStore,
  isNoRoom,
  isWriteConflict,
  WRONG_LAST_SEQUENCE,
  storeTogether,
} from './batch/index.ts';
export { type BusOptions, connectBus } from './connect.ts';
export { collectWhenIdle } from './idle-collection.ts';
export { readPackageVersion } from './package-version.ts';
export {
  type ComponentIdentity,
  ensureComponentKey,
  type IdentityConfig,
  identityConfigSchema,
  identityFiles,
  openIdentity,
  readLabels,
  readPlatformKey,
} from './identity/component-identity.ts';
export { enrolComponent, type Enrolment, openPlatformSigner, type PlatformSigner } from './identity/platform-signer.ts';
export { Enrolments } from './registry/enrolments.ts';
export { createBuckets } from './registry/buckets.ts';
export { assertReplicas, type Replicas } from './registry/replicas.ts';
export { eventsLost, type StreamMarks } from './registry/stream-marks.ts';
export { placeIn, placementIn, streamOutOfZone } from './registry/stream-pins.ts';
export { createEgressStreams } from './registry/egress-streams.ts';
export { createLogStreams } from './registry/log-streams.ts';
export { ReceiptScope } from './receipts/receipt-batches.ts';
export { ZoneReceipts, type ZoneReceiptsOptions } from './receipts/zone-receipts.ts';
export { createReceiptStreams } from './receipts/receipt-streams.ts';
export { createZoneStreams, type ZoneStreamsOptions } from './registry/zone-streams.ts';
export { FunctionRegistry, type StoredFunction } from './registry/functions.ts';
export { StorageRoom } from './registry/storage-room.ts';
export { SignerLists } from './registry/signer-lists.ts';
export { announceNode, NodeRegistry, withdrawNode } from './registry/nodes.ts';
export { writeFileWhole } from './identity/write-file-whole.ts';
export { WatchedBucket } from './registry/watched-bucket.ts';
export { type Counted, type KnownWaiting, WaitingCounts, type WaitingCountsOptions } from './waiting-counts.ts';
export { LastMessages, readLastMessages, readMessages, readPage, type StoredMessage } from './stored/index.ts';
export { busServersSchema } from './wire/bus-servers.ts';
export type { BusAddress } from './wire/client.ts';
export { type BusCredential, decodeCredential, encodeCredential } from './wire/credential.ts';
