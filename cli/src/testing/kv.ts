import type { KvAnswer, KvHead, KvListAnswer } from '@sovfn/runtime/bindings';
import type { KvNamespace } from '../../types/index.d.ts';
import type { HostProcess } from './host-process.ts';
import { fromBase64, toBase64 } from './messages.ts';

type ReadType = 'text' | 'json' | 'bytes' | undefined;

/** A `kv` binding as the function's code has it. */
export function makeKv(host: HostProcess, owner: string, binding: string): KvNamespace {
  const ask = async (head: KvHead, body: Uint8Array | null = null) =>
    host.ask('binding', { owner, kind: 'kv', head, body: body === null ? null : toBase64(body) });
  const read = async (key: string, type: ReadType) => {
    const { head, body } = await ask({ op: 'get', binding, key });
    const { revision } = head as KvAnswer;
    return revision === null ? null : { value: valueOf(fromBase64(body), type), revision };
  };
  const kv = {
    get: async (key: string, type?: ReadType) => (await read(key, type))?.value ?? null,
    getWithRevision: read,
    put: async (
      key: string,
      value: string | ArrayBuffer | ArrayBufferView,
      { expirationTtl, ifRevision }: { expirationTtl?: number; ifRevision?: number } = {},
    ) => {
      const conditions = { expirationTtl: expirationTtl ?? null, ifRevision: ifRevision ?? null };
      const { head } = await ask({ op: 'put', binding, key, ...conditions }, bytesOf(value));
      return (head as KvAnswer).revision;
    },
    delete: async (key: string, { ifRevision }: { ifRevision?: number } = {}) => {
      const { head } = await ask({ op: 'delete', binding, key, ifRevision: ifRevision ?? null });
      return (head as KvAnswer).revision !== null;
    },
    list: async ({ prefix = '', limit = 1_000, cursor = null }: Parameters<KvNamespace['list']>[0] = {}) => {
      const { head } = await ask({ op: 'list', binding, prefix, limit, cursor });
      const { keys, cursor: next } = head as KvListAnswer;
      return { keys: [...keys], cursor: next };
    },
  };
  return kv as unknown as KvNamespace;
}

function valueOf(bytes: Buffer<ArrayBuffer>, type: ReadType): unknown {
  if (type === 'bytes') return new Uint8Array(bytes);
  const text = bytes.toString('utf8');
  return type === 'json' ? JSON.parse(text) : text;
}

function bytesOf(value: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
