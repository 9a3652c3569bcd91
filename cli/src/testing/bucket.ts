import type {
  BucketAnswer,
  BucketCondition as WireCondition,
  BucketHead,
  BucketListAnswer,
  BucketObjectFacts as WireFacts,
} from '@sovfn/runtime/bindings';
import type { Bucket, BucketCondition, BucketObject, BucketObjectFacts } from '../../types/index.d.ts';
import type { HostProcess } from './host-process.ts';
import { fromBase64, toBase64 } from './messages.ts';

/** The package's types are written for functions, which see the DOM's; here they are those of Node. */
type BodyOfResponse = ConstructorParameters<typeof Response>[0];

/** A `bucket` binding as the function's code has it. */
export function makeBucket(host: HostProcess, owner: string, binding: string): Bucket {
  const ask = async (head: BucketHead, body: Uint8Array | null = null) =>
    host.ask('binding', { owner, kind: 'bucket', head, body: body === null ? null : toBase64(body) });
  return {
    get: async (key: string, { onlyIf }: { onlyIf?: BucketCondition } = {}) => {
      const { head, body } = await ask({ op: 'get', binding, key, onlyIf: conditionOf(onlyIf) });
      const { object, isMet } = head as BucketAnswer;
      if (object === null) return null;
      const facts = factsOf(object);
      // The declaration says which of both it is by the arguments; one implementation gives both.
      return (isMet ? withContent(facts, fromBase64(body)) : facts) as BucketObject;
    },
    head: async (key) => {
      const { object } = (await ask({ op: 'head', binding, key })).head as BucketAnswer;
      return object === null ? null : factsOf(object);
    },
    put: async (key, value, { size, contentType, metadata = {}, onlyIf, onlyIfAbsent = false } = {}) => {
      const content = new Response(value as BodyOfResponse);
      const type = contentType ?? content.headers.get('content-type');
      const bytes = new Uint8Array(await content.arrayBuffer());
      const condition = conditionOf(onlyIfAbsent ? { ...onlyIf, etagDoesNotMatch: '*' } : onlyIf);
      const facts = { size: size ?? bytes.length, contentType: type, metadata, onlyIf: condition };
      return ((await ask({ op: 'put', binding, key, ...facts }, bytes)).head as BucketAnswer).isMet;
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

function conditionOf({ etagMatches, etagDoesNotMatch }: BucketCondition = {}): WireCondition {
  return { etagMatches: etagOf(etagMatches), etagDoesNotMatch: etagOf(etagDoesNotMatch) };
}

function etagOf(etag: string | undefined): string | null {
  return etag?.replace(/^"(.*)"$/, '$1') ?? null;
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
