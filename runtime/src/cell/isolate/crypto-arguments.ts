/**
 * Arguments of a method of SubtleCrypto, as they come over the bridge, made into what Node's takes. They are hostile:
 * each is checked for its shape here, and for its meaning by Node, which knows the specification's errors.
 */
import { z } from 'zod';
import { type ArgumentKind, KEY_FORMATS, KEY_USAGES, MEMBER_KINDS } from '../../bridge/subtle.ts';
import { between, buffer } from './guest-arguments.ts';
import type { CryptoKeys, HostKey } from './crypto-keys.ts';

/** Of an argument list, as JSON: room for the largest key there is. */
export const ARGUMENTS_LENGTH = 64 * 1024;
const NAME_LENGTH = 64;

const part = z.strictObject({ part: z.int() });
const name = z.string().max(NAME_LENGTH);
const digestSchema = z.strictObject({
  name,
  outputLength: z.int().optional(),
  domainSeparation: z.int().optional(),
  functionName: part.optional(),
  customization: part.optional(),
});
const MEMBER_SCHEMAS = {
  bytes: part,
  octet: z.int(),
  count: z.int(),
  string: name,
  key: z.int(),
  digest: digestSchema,
};
const algorithmSchema = z.strictObject({
  name,
  ...Object.fromEntries(
    Object.entries(MEMBER_KINDS).map(([member, kind]) => [member, MEMBER_SCHEMAS[kind].optional()]),
  ),
});

const otherPrimeSchema = z.strictObject({
  r: z.string().optional(),
  d: z.string().optional(),
  t: z.string().optional(),
});
const jwkSchema = z.record(
  z.string().max(8),
  z.union([z.string(), z.boolean(), z.array(z.string()), z.array(otherPrimeSchema)]),
);

const SCHEMAS = {
  bytes: part,
  key: z.int(),
  format: z.enum(KEY_FORMATS),
  keyData: z.union([part, z.strictObject({ jwk: jwkSchema })]),
  boolean: z.boolean(),
  usages: z.array(z.enum(KEY_USAGES)),
  length: z.int().nullable(),
};

/** An algorithm as Node takes it. */
export type HostAlgorithm = { readonly name: string } & Readonly<
  Record<string, string | number | ArrayBuffer | Uint8Array | HostKey | object>
>;
export type HostArgument = HostAlgorithm | HostKey | ArrayBuffer | string | boolean | number | object | null;

/** Throws TypeError when the text or a part does not fit the kinds. */
export function readArguments(
  kinds: readonly ArgumentKind[],
  json: string,
  parts: readonly unknown[],
  keys: CryptoKeys,
): HostArgument[] {
  const values = z.array(z.unknown()).length(kinds.length).parse(JSON.parse(json));
  const reader = new ArgumentReader(parts, keys);
  return kinds.map((kind, index) => reader.read(kind, values[index]));
}

class ArgumentReader {
  readonly #parts: readonly unknown[];
  readonly #keys: CryptoKeys;

  constructor(parts: readonly unknown[], keys: CryptoKeys) {
    this.#parts = parts;
    this.#keys = keys;
  }

  read(kind: ArgumentKind, value: unknown): HostArgument {
    switch (kind) {
      case 'bytes':
        return this.#part(SCHEMAS.bytes.parse(value));
      case 'key':
        return this.#keys.get(SCHEMAS.key.parse(value));
      case 'keyData': {
        const data = SCHEMAS.keyData.parse(value);
        return 'part' in data ? this.#part(data) : data.jwk;
      }
      case 'format':
      case 'boolean':
      case 'usages':
      case 'length':
        return SCHEMAS[kind].parse(value);
      default:
        return this.#algorithm(algorithmSchema.parse(value));
    }
  }

  #algorithm(given: Readonly<Record<string, unknown>>): HostAlgorithm {
    const algorithm: Record<string, unknown> = {};
    for (const [member, value] of Object.entries(given)) {
      if (value !== undefined) algorithm[member] = this.#member(member, value);
    }
    return algorithm as HostAlgorithm;
  }

  #member(member: string, value: unknown): unknown {
    // Node takes this one as an array of bytes only.
    if (member === 'publicExponent') return new Uint8Array(this.#part(value as { part: number }));
    switch (MEMBER_KINDS[member as keyof typeof MEMBER_KINDS]) {
      case 'bytes':
        return this.#part(value as { part: number });
      case 'digest':
        return this.#algorithm(value as Record<string, unknown>);
      case 'key':
        return this.#keys.get(value as number);
      default:
        return value;
    }
  }

  #part({ part: index }: { readonly part: number }): ArrayBuffer {
    return buffer(this.#parts[between(index, 0, this.#parts.length - 1)]);
  }
}
