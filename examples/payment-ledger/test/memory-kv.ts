import type { KvNamespace } from 'sovfn';

/** In place of a `kv` binding where an example runs in plain Node: what the examples use of one. */
export function memoryKv(): KvNamespace {
  const values = new Map<string, { readonly value: string; readonly revision: number }>();
  let revisions = 0;
  const unused = (): never => {
    throw new Error('no example needs this of a KV namespace');
  };
  return {
    getWithRevision: ((key: string) => Promise.resolve(values.get(key) ?? null)) as KvNamespace['getWithRevision'],
    put: (key, value, { ifRevision } = {}) => {
      const known = values.get(key)?.revision ?? 0;
      if (ifRevision !== undefined && ifRevision !== known) return Promise.resolve(null);
      values.set(key, { value: value as string, revision: ++revisions });
      return Promise.resolve(revisions);
    },
    get: unused,
    delete: unused,
    list: unused,
  };
}
