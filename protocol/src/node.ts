/** What nodes say about themselves, and how a supervisor obtains the credential of a cell. JSON. */
import { z } from 'zod';
import { nameSchema } from './names.ts';
import { signedLabelsSchema } from './trust/labels.ts';
import { PROTOCOL_VERSION } from './version.ts';

const version1 = z.literal(PROTOCOL_VERSION);

export const NODES_BUCKET = 'nodes';
/** A node's record expires unless it is written again: a silent node is a gone node. */
export const NODE_RECORD_TTL_MS = 15_000;
export const NODE_HEARTBEAT_MS = 5_000;

export const nodeRecordSchema = z.strictObject({
  v: version1,
  name: nameSchema,
  zones: z.array(nameSchema).min(1),
  /** Gateways check them before they believe the record. */
  labels: signedLabelsSchema,
  /** Operating-system confinement of the cells: 1 = process only, 2 = also a filter of system calls. */
  lockLevel: z.int().min(1).max(3),
  /** The same of the broker; null: nothing has needed it since the node started, or the node is of a version without one. */
  brokerLockLevel: z.int().min(1).max(3).nullable().default(null),
  /** It was told to: it takes no further calls, and ends those it has. */
  isDraining: z.boolean(),
  cells: z.int().min(0),
  versions: z.int().min(0),
  /** What the node runs; null: it is of a version that did not say so. */
  software: z
    .strictObject({ sovfn: z.string().max(64), node: z.string().max(64) })
    .nullable()
    .default(null),
  seenAt: z.iso.datetime(),
});
export type NodeRecord = z.output<typeof nodeRecordSchema>;

export const nodeListSchema = z.strictObject({ v: version1, nodes: z.array(nodeRecordSchema) });
export type NodeList = z.output<typeof nodeListSchema>;

/** On `ctl.<node>`, by a gateway. The node's record says that it was heard. */
export const nodeOrderSchema = z.strictObject({ v: version1, type: z.literal('drain') });
export type NodeOrder = z.output<typeof nodeOrderSchema>;

export const credentialRequestSchema = z.strictObject({
  v: version1,
  zone: nameSchema,
  tenant: nameSchema,
  cell: nameSchema,
  /** Public nkey of the cell (starts with U): the seed never leaves the supervisor and the cell. */
  publicKey: z.string().regex(/^U[A-Z2-7]{55}$/),
});
export type CredentialRequest = z.output<typeof credentialRequestSchema>;

export const credentialResponseSchema = z.strictObject({
  v: version1,
  jwt: z.string(),
  expiresAt: z.iso.datetime(),
});
export type CredentialResponse = z.output<typeof credentialResponseSchema>;

export const cellDownSchema = z.strictObject({
  v: version1,
  cell: nameSchema,
  node: nameSchema,
  /** Whose calls it had: only this tenant's calls are in question. */
  tenant: nameSchema,
  /** Outcome for the calls it had: `cell-lost`, or `exceeded-memory`/`exceeded-cpu` when the supervisor killed it for that. */
  outcome: z.enum(['cell-lost', 'exceeded-memory', 'exceeded-cpu']),
  limitValue: z.number().nullable(),
  measured: z.number().nullable(),
});
export type CellDown = z.output<typeof cellDownSchema>;

/** On `up.<zone>.<node>`, before the supervisor takes its first call. The subject says which node. */
export const nodeUpSchema = z.strictObject({ v: version1 });

/** The limit of the function that a cell's end with an outcome is about. */
export const CELL_DOWN_LIMITS = { 'cell-lost': null, 'exceeded-memory': 'memoryMb', 'exceeded-cpu': 'cpuMs' } as const;
