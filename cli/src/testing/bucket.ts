import type {
  BucketAnswer,
  BucketHead,
  BucketListAnswer,
  BucketObjectFacts as WireFacts,
} from '@sovfn/runtime/bindings';
import type { Bucket, BucketObject, BucketObjectFacts } from '../../types/index.d.ts';
import type { HostProcess } from './host-process.ts';
import { fromBase64, toBase64 } from './messages.ts';

/** The package's types are written for functions, which see the DOM's; here they are those of Node. */
type BodyOfResponse = ConstructorParameters<typeof Response>[0];

/** A `bucket` binding as the function's code has it. */
export function makeBucket(host: HostProcess, owner: string, binding: string): Bucket {
  const ask = async (head: BucketHead, body: Uint8Array | null = null) =>
    host.ask('binding', { owner, kind: 'bucket', head, body: body === null ? null : toBase64(body) });
  return {
    get: async (key) => {
      const { head, body } = await ask({ op: 'get', binding, key });
      const { object } = head as BucketAnswer;
      return object === null ? null : withContent(factsOf(object), fromBase64(body));
    },
    head: async (key) => {
      const { object } = (await ask({ op: 'head', binding, key })).head as BucketAnswer;
      return object === null ? null : factsOf(object);
    },
    put: async (key, value, { size, contentType, metadata = {}, onlyIfAbsent = false } = {}) => {
      const content = new Response(value as BodyOfResponse);
      const type = contentType ?? content.headers.get('content-type');
      const bytes = new Uint8Array(await content.arrayBuffer());
      const facts = { size: size ?? bytes.length, contentType: type, metadata, ifAbsent: onlyIfAbsent };
      return ((await ask({ op: 'put', binding, key, ...facts }, bytes)).head as BucketAnswer).isStored;
    },
    delete: async (key) => void (await ask({ op: 'delete', binding, key })),
    list: async ({ prefix = '', limit = 1_000, cursor = null } = {}) => {
      const { head } = await ask({ op: 'list', binding, prefix, limit, cursor });
      const { objects, cursor: next } = head as BucketListAnswer;
      return {
        objects: objects.map((object) => ({ ...object, modifiedAt: new Date(object.modifiedAt) })),
        cursor: next,
      };
    },
  };
}

function factsOf({ modifiedAt, ...facts }: WireFacts): BucketObjectFacts {
  return { ...facts, modifiedAt: new Date(modifiedAt) };
}

function withContent(facts: BucketObjectFacts, content: Buffer<ArrayBuffer>): BucketObject {
  const response = new Response(content);
  return {
    ...facts,
    body: response.body!,
    bytes: async () => new Uint8Array(await response.arrayBuffer()),
    text: () => response.text(),
    json: <Value>() => response.json() as Promise<Value>,
  };
}
