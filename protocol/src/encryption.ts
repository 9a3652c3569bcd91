/**
 * What is encrypted at rest, and under which keys. A tenant's key (outside of the platform's stores) wraps data keys: one
 * line of generations for each purpose. docs/encryption.md describes the format of what they seal.
 */
import { z } from 'zod';
import { nameSchema } from './names.ts';
import { PROTOCOL_VERSION } from './version.ts';

/** KV bucket with the wrapped data keys. */
export const DATA_KEYS_BUCKET = 'data-keys';

/** What a data key is for: no key serves two purposes, and no tenant has another's. */
export const KEY_PURPOSES = ['outputs', 'events', 'queues', 'secrets', 'kv', 'logs', 'bundles'] as const;
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/** Bytes of a data key, and of a tenant's key: AES-256. */
export const KEY_BYTES = 32;

export interface DataKeyName {
  readonly tenant: string;
  readonly purpose: KeyPurpose;
  /** Counts up with each rotation: new data is sealed under the newest, old data stays under its own. */
  readonly generation: number;
}

export const GENERATIONS = 0xffff_ffff;
const generationSchema = z.int().min(1).max(GENERATIONS);

export const dataKeyEntry = ({ tenant, purpose, generation }: DataKeyName): string =>
  `${tenant}.${purpose}.${generation}`;

/** A data key as it lies in the bucket. */
export const wrappedKeySchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  tenant: nameSchema,
  purpose: z.enum(KEY_PURPOSES),
  generation: generationSchema,
  createdAt: z.iso.datetime(),
  /** Which key of the tenant wrapped it, as the key provider calls it. */
  wrappedBy: z.string().min(1).max(512),
  /** What the provider made of it, base64. */
  wrapped: z.base64().max(65_536),
});
export type WrappedKey = z.output<typeof wrappedKeySchema>;

/** What is sealed: nothing opens under another name. */
export interface SealedPlace {
  readonly tenant: string;
  readonly purpose: KeyPurpose;
  readonly function: string;
  /** Which of the function's: an id, a key, an object; with its version where it has one. */
  readonly name: string;
}

/** Of code and source map of a version, by their objects. */
export const codePlace = (of: { readonly tenant: string; readonly function: string }, object: string): SealedPlace => ({
  tenant: of.tenant,
  purpose: 'bundles',
  function: of.function,
  name: object,
});

/** What the provider binds a data key to. */
export function wrapContext({ tenant, purpose, generation }: DataKeyName): string {
  return JSON.stringify(['sovfn-data-key', tenant, purpose, generation]);
}

/** What nodes get keys for. */
export const nodeKeyPurposeSchema = z.enum(['kv', 'queues', 'logs', 'bundles']);
export type NodeKeyPurpose = z.output<typeof nodeKeyPurposeSchema>;

/** A supervisor asks a gateway on `key.<zone>.<node>`. `publicKey`: X25519, made for this request, base64 of 32 bytes. */
export const dataKeyRequestSchema = z.strictObject({
  v: z.literal(PROTOCOL_VERSION),
  tenant: nameSchema,
  purpose: nodeKeyPurposeSchema,
  /** Null: the newest. */
  generation: generationSchema.nullable(),
  publicKey: z.base64(),
});
export type DataKeyRequest = z.output<typeof dataKeyRequestSchema>;

export const grantedDataKeySchema = z.strictObject({
  generation: generationSchema,
  /** Base64. */
  key: z.base64(),
  /** How long it may be used before it is asked for again. Milliseconds. */
  forMs: z.int().min(0),
});
export type GrantedDataKey = z.output<typeof grantedDataKeySchema>;

/** What a sealed answer is for: whoever opens it must name the same. */
export function dataKeysContext(
  zone: string,
  node: string,
  { tenant, purpose, generation }: Pick<DataKeyRequest, 'tenant' | 'purpose' | 'generation'>,
): string {
  return JSON.stringify(['sovfn-granted-key', zone, node, tenant, purpose, generation]);
}
