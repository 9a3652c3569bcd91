/** What a tenant with a quota of storage keeps: counted by gateways, read by whoever stores something for it. */
import { z } from 'zod';
import { nameSchema } from '../names.ts';
import { PROTOCOL_VERSION } from '../version.ts';

/** KV bucket; key: the tenant's name. Tenants without the quota have no entry, so nothing is counted or looked at for them. */
export const STORAGE_BUCKET = 'storage';

const bytes = z.int().min(0);

export const storageUseSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  tenant: nameSchema,
  quotaBytes: bytes,
  /** In the object store, and of values of `kv` bindings. */
  usedBytes: bytes,
  /** When the count began. */
  measuredAt: z.iso.datetime(),
});
export type StorageUse = z.output<typeof storageUseSchema>;
