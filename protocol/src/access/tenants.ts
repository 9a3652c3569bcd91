/** Tenants and their quotas. The default tenant of a platform exists without a record, and then without quotas. */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';
import { erasureSchema } from './erasure.ts';
import { MOST_SUPPORT_GRANTS, supportGrantSchema } from './support.ts';

const version1 = z.literal(PROTOCOL_VERSION);

/** KV bucket; key: the tenant's name. */
export const TENANTS_BUCKET = 'tenants';

const quota = z.int().min(0).max(1_000_000_000).nullable();
/** A petabyte. */
const MOST_STORAGE_BYTES = 1e15;

/** Null: as many as come. The first two hold in each gateway by itself. */
export const quotasSchema = z.strictObject({
  /** HTTP requests to functions and webhooks, in a minute. */
  callsPerMinute: quota,
  /** Of the same requests, those under way. */
  concurrency: quota,
  /** Functions that are deployed. */
  functions: quota,
  /** What it keeps in the object store and in `kv` bindings, as it was counted last. Left out: as null. */
  storageBytes: z.int().min(0).max(MOST_STORAGE_BYTES).nullable().default(null),
});
export type Quotas = z.output<typeof quotasSchema>;
export const QUOTA_NAMES = Object.keys(quotasSchema.shape) as readonly (keyof Quotas)[];
export const NO_QUOTAS: Quotas = { callsPerMinute: null, concurrency: null, functions: null, storageBytes: null };

export const tenantRecordSchema = z.strictObject({
  v: version1,
  name: nameSchema,
  createdAt: z.iso.datetime(),
  quotas: quotasSchema,
  /** Left out: none is announced. An erased tenant keeps its record, so that its name is given to nobody else. */
  erasure: erasureSchema.optional(),
  /** The newest first. Left out: the tenant has never agreed to support access. */
  support: z.array(supportGrantSchema).max(MOST_SUPPORT_GRANTS).optional(),
});
export type TenantRecord = z.output<typeof tenantRecordSchema>;

/** Body of `POST /v1/tenants`. */
export const createTenantRequestSchema = z.strictObject({ v: version1, name: nameSchema, quotas: quotasSchema });
export type CreateTenantRequest = z.output<typeof createTenantRequestSchema>;

/** Body of `PUT /v1/tenants/{tenant}`. */
export const changeTenantRequestSchema = z.strictObject({ v: version1, quotas: quotasSchema });
export type ChangeTenantRequest = z.output<typeof changeTenantRequestSchema>;

export const tenantSummarySchema = z.strictObject({
  name: nameSchema,
  /** Null: the default tenant. */
  createdAt: z.iso.datetime().nullable(),
  quotas: quotasSchema,
  /** Functions that are deployed. */
  functions: z.int(),
  erasure: z.enum(['announced', 'under-way', 'erased']).nullable(),
  /** Null: it has no quota of storage, or was not counted yet. */
  storage: z.strictObject({ usedBytes: z.int().min(0), measuredAt: z.iso.datetime() }).nullable(),
});
export type TenantSummary = z.output<typeof tenantSummarySchema>;

/** Without what waits on the bus. */
export const tenantStorageSchema = z.strictObject({
  /** When the listing began; what is written meanwhile may be counted or not. */
  measuredAt: z.iso.datetime(),
  buckets: z.array(z.strictObject({ bucket: z.string(), objects: z.int().min(0), bytes: z.int().min(0) })),
  /** Values of `kv` bindings. */
  kv: z.strictObject({ keys: z.int().min(0), bytes: z.int().min(0) }),
});
export type TenantStorage = z.output<typeof tenantStorageSchema>;

/** Answer of `GET /v1/tenants/{tenant}`. */
export const tenantDetailSchema = z.strictObject({
  v: version1,
  tenant: tenantSummarySchema,
  storage: tenantStorageSchema,
});
export type TenantDetail = z.output<typeof tenantDetailSchema>;

export const tenantAnswerSchema = z.strictObject({ v: version1, tenant: tenantSummarySchema });
export type TenantAnswer = z.output<typeof tenantAnswerSchema>;
export const tenantListSchema = z.strictObject({ v: version1, tenants: z.array(tenantSummarySchema) });
export type TenantList = z.output<typeof tenantListSchema>;
