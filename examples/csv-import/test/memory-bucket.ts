import type { Bucket } from 'sovfn';

/** In place of a `bucket` binding where an example runs in plain Node: what the examples use of one. */
export function memoryBucket(): Bucket {
  const objects = new Map<string, { readonly bytes: Uint8Array<ArrayBuffer>; readonly contentType: string | null }>();
  const unused = (): never => {
    throw new Error('no example needs this of a bucket');
  };
  return {
    put: async (key, value, { contentType = null } = {}) => {
      objects.set(key, { bytes: new Uint8Array(await new Response(value).arrayBuffer()), contentType });
      return true;
    },
    get: (key) => {
      const object = objects.get(key);
      if (object === undefined) return Promise.resolve(null);
      const { body, ...read } = readable(object.bytes);
      const facts = { key, size: object.bytes.length, etag: '', modifiedAt: new Date(), metadata: {} };
      return Promise.resolve({ ...facts, contentType: object.contentType, body, ...read });
    },
    head: unused,
    delete: unused,
    list: ({ prefix = '' } = {}) => {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
      const found = keys.map((key) => ({ key, size: objects.get(key)!.bytes.length, modifiedAt: new Date() }));
      return Promise.resolve({ objects: found, cursor: null });
    },
  };
}

function readable(bytes: Uint8Array<ArrayBuffer>) {
  const response = new Response(bytes);
  return {
    body: response.body!,
    bytes: () => response.bytes(),
    text: () => response.text(),
    json: <Value>() => response.json() as Promise<Value>,
  };
}
