/** What a platform on one machine consists of: one gateway, one node, one zone, and the servers between them. */
/** Names of the parts: nats-server, MinIO, the gateway, the node's supervisor. */
export const PARTS = ['bus', 'store', 'gateway', 'node'] as const;
export type PartName = (typeof PARTS)[number];

/** In groups, one after the other: the gateway's calls need the node to finish, and both need the servers. */
export const ENDING_ORDER = [
  ['gateway'],
  ['node'],
  ['store', 'bus'],
] as const satisfies readonly (readonly PartName[])[];

export const GATEWAY_ID = 'gw-1';
export const NODE_NAME = 'node-1';
export const BUNDLES_BUCKET = 'sovfn-bundles';
export const OUTPUTS_BUCKET = 'sovfn-outputs';
/** Bodies of events that are too large for the bus, until the event has ended. */
export const EVENTS_BUCKET = 'sovfn-events';
/** What functions have logged, when the bus lets go of it. */
export const LOGS_BUCKET = 'sovfn-logs';
/** Copies of the audit log and of receipts. */
export const PROOFS_BUCKET = 'sovfn-proofs';
/** Objects of `bucket` bindings: the one bucket that nodes write to. */
export const DATA_BUCKET = 'sovfn-data';
