import type { KvAnswer, KvHead, KvListAnswer } from '../../bridge/asks.ts';
import { ask } from '../core/asks.guest.ts';
import { exactBuffer } from '../core/bytes.guest.ts';
import { parseJson } from '../core/primordials.guest.ts';
import { dictionary, enumeration, usvString } from '../core/webidl.guest.ts';
import { decodeUtf8WithoutBom } from '../encoding/utf8.guest.ts';
import { bytesOf, optionalNumber, wholeBody } from './values.guest.ts';

const TYPES = ['text', 'json', 'bytes'] as const;
const MOST_LISTED = 1_000;

/** A `kv` binding. Its methods are documented where functions see them, in cli/types/index.d.ts. */
export class KvNamespace {
  readonly #binding: string;

  constructor(binding: string) {
    this.#binding = binding;
  }

  async get(key: unknown, type: unknown = 'text'): Promise<unknown> {
    return (await this.getWithRevision(key, type))?.value ?? null;
  }

  async getWithRevision(key: unknown, type: unknown = 'text'): Promise<{ value: unknown; revision: number } | null> {
    const form = enumeration(type, TYPES, 'kv.get: type');
    const head: KvHead = { op: 'get', binding: this.#binding, key: usvString(key) };
    const answer = await ask<KvAnswer>({ kind: 'kv', head, body: undefined, streamed: false });
    const { revision } = answer.head;
    if (revision === null) return null;
    const bytes = await wholeBody(answer.body);
    const value = form === 'bytes' ? bytes : decodeUtf8WithoutBom(bytes);
    return { value: form === 'json' ? (parseJson(value as string) as unknown) : value, revision };
  }

  async put(key: unknown, value: unknown, options: unknown = undefined): Promise<number | null> {
    const given = dictionary(options, 'kv.put: options');
    const head: KvHead = {
      op: 'put',
      binding: this.#binding,
      key: usvString(key),
      expirationTtl: optionalNumber(given['expirationTtl'], 'kv.put: expirationTtl'),
      ifRevision: optionalNumber(given['ifRevision'], 'kv.put: ifRevision'),
    };
    const body = exactBuffer(bytesOf(value, 'kv.put: value'));
    return (await ask<KvAnswer>({ kind: 'kv', head, body, streamed: false })).head.revision;
  }

  async delete(key: unknown, options: unknown = undefined): Promise<boolean> {
    const given = dictionary(options, 'kv.delete: options');
    const ifRevision = optionalNumber(given['ifRevision'], 'kv.delete: ifRevision');
    const head: KvHead = { op: 'delete', binding: this.#binding, key: usvString(key), ifRevision };
    return (await ask<KvAnswer>({ kind: 'kv', head, body: undefined, streamed: false })).head.revision !== null;
  }

  async list(options: unknown = undefined): Promise<KvListAnswer> {
    const given = dictionary(options, 'kv.list: options');
    const head: KvHead = {
      op: 'list',
      binding: this.#binding,
      prefix: given['prefix'] === undefined ? '' : usvString(given['prefix']),
      limit: optionalNumber(given['limit'], 'kv.list: limit') ?? MOST_LISTED,
      cursor: given['cursor'] === undefined || given['cursor'] === null ? null : usvString(given['cursor']),
    };
    const answer = await ask<KvListAnswer>({ kind: 'kv', head, body: undefined, streamed: false });
    const { keys, cursor } = answer.head;
    return { keys, cursor };
  }
}
