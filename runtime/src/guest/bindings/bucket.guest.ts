import type {
  BucketAnswer,
  BucketCondition,
  BucketHead,
  BucketListAnswer,
  BucketObjectFacts,
} from '../../bridge/asks.ts';
import { outgoingBody, pumpBody } from '../core/ask-body.guest.ts';
import { ask, type AskName } from '../core/asks.guest.ts';
import { host } from '../core/host.guest.ts';
import { failOperation } from '../core/pending-operations.guest.ts';
import { parseJson } from '../core/primordials.guest.ts';
import { type Dictionary, dictionary, isObject, recordEntries, usvString } from '../core/webidl.guest.ts';
import { Body, extractBody } from '../fetch/body.guest.ts';
import type { Upload } from '../fetch/upload.guest.ts';
import { optionalNumber } from './values.guest.ts';

const MOST_LISTED = 1_000;

/** A `bucket` binding. Its methods are documented where functions see them, in cli/types/index.d.ts. */
export class Bucket {
  readonly #binding: string;

  constructor(binding: string) {
    this.#binding = binding;
  }

  /** Without its content when `onlyIf` does not hold. */
  async get(key: unknown, options: unknown = undefined): Promise<BucketObject | object | null> {
    const onlyIf = conditionOf(dictionary(options, 'bucket.get: options'), 'bucket.get');
    const binding = this.#binding;
    const { head, body } = await this.#ask<BucketAnswer>({ op: 'get', binding, key: usvString(key), onlyIf });
    if (head.object === null) return null;
    return head.isMet ? new BucketObject(head.object, body) : factsOf(head.object);
  }

  async head(key: unknown): Promise<object | null> {
    const { head } = await this.#ask<BucketAnswer>({ op: 'head', binding: this.#binding, key: usvString(key) });
    return head.object === null ? null : factsOf(head.object);
  }

  async delete(key: unknown): Promise<void> {
    await this.#ask({ op: 'delete', binding: this.#binding, key: usvString(key) });
  }

  /** False: `onlyIf` or `onlyIfAbsent` does not hold. */
  async put(key: unknown, value: unknown, options: unknown = undefined): Promise<boolean> {
    const given = dictionary(options, 'bucket.put: options');
    const { body, type } = extractBody(value);
    const { whole, reader } = outgoingBody(body);
    const contentType = given['contentType'] === undefined ? type : usvString(given['contentType']);
    const head: BucketHead = {
      op: 'put',
      binding: this.#binding,
      key: usvString(key),
      size: optionalNumber(given['size'], 'bucket.put: size') ?? whole?.byteLength ?? null,
      contentType,
      metadata: metadataOf(given['metadata']),
      onlyIf: conditionOf(given, 'bucket.put'),
    };
    const onStarted = ({ call, ask: name }: AskName): void => {
      if (reader === null) return;
      void pumpBody(reader, { call, ask: name }, (reason) => {
        host.cancelAsk(call, name);
        failOperation(call, name, reason);
      });
    };
    const parts = { kind: 'bucket', head, body: whole, streamed: reader !== null, onStarted } as const;
    return (await ask<BucketAnswer>(parts)).head.isMet;
  }

  async list(options: unknown = undefined): Promise<object> {
    const given = dictionary(options, 'bucket.list: options');
    const { head } = await this.#ask<BucketListAnswer>({
      op: 'list',
      binding: this.#binding,
      prefix: given['prefix'] === undefined ? '' : usvString(given['prefix']),
      limit: optionalNumber(given['limit'], 'bucket.list: limit') ?? MOST_LISTED,
      cursor: given['cursor'] === undefined || given['cursor'] === null ? null : usvString(given['cursor']),
    });
    const objects = head.objects.map(({ key, size, modifiedAt }) => ({ key, size, modifiedAt: new Date(modifiedAt) }));
    return { objects, cursor: head.cursor };
  }

  #ask<Head>(head: BucketHead) {
    return ask<Head>({ kind: 'bucket', head, body: undefined, streamed: false });
  }
}

/** An object with its content, which can be read once. */
export class BucketObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: Date;
  readonly contentType: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #body: Body;

  constructor(facts: BucketObjectFacts, body: Uint8Array<ArrayBuffer> | Upload | null) {
    this.key = facts.key;
    this.size = facts.size;
    this.etag = facts.etag;
    this.modifiedAt = new Date(facts.modifiedAt);
    this.contentType = facts.contentType;
    this.metadata = facts.metadata;
    this.#body = bodyOf(body);
  }

  get body(): object {
    return this.#body.stream;
  }

  async bytes(): Promise<Uint8Array> {
    return this.#usable().bytes();
  }

  async text(): Promise<string> {
    return this.#usable().text();
  }

  async json(): Promise<unknown> {
    return parseJson(await this.text()) as unknown;
  }

  #usable(): Body {
    if (this.#body.isUnusable) throw new TypeError('The object has been read already, or is locked by a reader');
    return this.#body;
  }
}

function bodyOf(body: Uint8Array<ArrayBuffer> | Upload | null): Body {
  if (body === null) return new Body({ kind: 'bytes', bytes: new Uint8Array(0) });
  return 'readAll' in body ? new Body({ kind: 'upload', upload: body }) : new Body({ kind: 'bytes', bytes: body });
}

function factsOf({ key, size, etag, modifiedAt, contentType, metadata }: BucketObjectFacts): object {
  return { key, size, etag, modifiedAt: new Date(modifiedAt), contentType, metadata };
}

/** `onlyIfAbsent` is short for `onlyIf: { etagDoesNotMatch: '*' }`. */
function conditionOf(options: Dictionary, what: string): BucketCondition {
  const { etagMatches, etagDoesNotMatch } = dictionary(options['onlyIf'], `${what}: onlyIf`);
  const isAbsentOnly = Boolean(options['onlyIfAbsent']);
  return { etagMatches: etagOf(etagMatches), etagDoesNotMatch: isAbsentOnly ? '*' : etagOf(etagDoesNotMatch) };
}

/** With or without the quotes that HTTP puts around it. */
function etagOf(value: unknown): string | null {
  return value === undefined || value === null ? null : usvString(value).replace(/^"(.*)"$/, '$1');
}

function metadataOf(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new TypeError('bucket.put: metadata is not an object');
  return Object.fromEntries(recordEntries(value, usvString, usvString));
}
