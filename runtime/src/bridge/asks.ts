/**
 * What a function asks of the world outside its cell: `fetch` and the operations of its bindings. An ask crosses three
 * borders with the same content: the bridge (guest → cell), a channel (cell → broker for `fetch`, → supervisor for the others),
 * and there whoever carries it out. The cell passes heads on unread; who carries it out parses them, and trusts nothing in them.
 *
 * Limits that the cell keeps for each call are below; who carries asks out has others for each cell, because a cell may lie.
 */
export const ASK_KINDS = ['fetch', 'kv', 'bucket', 'queue', 'service', 'hmac'] as const;
export type AskKind = (typeof ASK_KINDS)[number];

/** Asks of one call whose answer has not begun; further ones wait for their turn. */
export const ASKS_IN_FLIGHT = 6;
/** Head of an ask or of its answer, JSON. Characters. */
export const ASK_HEAD_LENGTH = 160 * 1024;

/**
 * How an answer crosses the bridge, as the value that `deliver` brings: a string is one of these marks and the head; an
 * ArrayBuffer is the length of the head (4 bytes, little-endian), the head in UTF-8, and the whole body.
 */
export const ANSWER_ALONE = '0';
/** The body follows: `readAnswer` asks for its pieces. */
export const ANSWER_STREAMED = '1';
export const ANSWER_HEAD_OFFSET = 4;

/** Head of a `fetch`. */
export interface FetchHead {
  readonly method: string;
  /** Serialized, http or https, without credentials. */
  readonly url: string;
  /** Header block. */
  readonly headers: string;
  readonly redirect: 'follow' | 'error' | 'manual';
}

/** Head of the answer to a `fetch`. */
export interface FetchAnswer {
  readonly status: number;
  readonly statusText: string;
  /** Header block. */
  readonly headers: string;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  readonly isRedirected: boolean;
}

/** Heads of `kv`, by operation. `binding` is a name in env. */
export type KvHead =
  | { readonly op: 'get'; readonly binding: string; readonly key: string }
  | {
      readonly op: 'put';
      readonly binding: string;
      readonly key: string;
      /** Seconds; null: for ever. */
      readonly expirationTtl: number | null;
      /** Only if the value has this revision (0: if there is none); null: in any case. */
      readonly ifRevision: number | null;
    }
  | { readonly op: 'delete'; readonly binding: string; readonly key: string; readonly ifRevision: number | null }
  | {
      readonly op: 'list';
      readonly binding: string;
      readonly prefix: string;
      readonly limit: number;
      readonly cursor: string | null;
    };

/** Of a `get`: null when there is no value; else it is the body. Of `put` and `delete`: null when `ifRevision` did not fit. */
export interface KvAnswer {
  readonly revision: number | null;
}

export interface KvListAnswer {
  readonly keys: readonly string[];
  /** Where to go on; null at the end. */
  readonly cursor: string | null;
}

/** Head of `queue`. The body holds the messages one after the other, as `sizes` says. */
export interface QueueHead {
  readonly binding: string;
  readonly messages: readonly {
    readonly bytes: number;
    readonly contentType: 'json' | 'text' | 'bytes';
    readonly delaySeconds: number;
  }[];
}

/** Head of `service`: a request, without HTTP. The answer's head is a FetchAnswer. */
export interface ServiceHead {
  readonly binding: string;
  readonly method: string;
  readonly url: string;
  readonly headers: string;
}

/** On the object that is there now. ETags without quotes; `*`: any. Null: no condition. */
export interface BucketCondition {
  readonly etagMatches: string | null;
  readonly etagDoesNotMatch: string | null;
}

/** Heads of `bucket`, by operation. */
export type BucketHead =
  | { readonly op: 'head' | 'delete'; readonly binding: string; readonly key: string }
  | { readonly op: 'get'; readonly binding: string; readonly key: string; readonly onlyIf: BucketCondition }
  | {
      readonly op: 'put';
      readonly binding: string;
      readonly key: string;
      /** Of the body in bytes; null when it is not known. */
      readonly size: number | null;
      readonly contentType: string | null;
      readonly metadata: Readonly<Record<string, string>>;
      readonly onlyIf: BucketCondition;
    }
  | {
      readonly op: 'list';
      readonly binding: string;
      readonly prefix: string;
      readonly limit: number;
      readonly cursor: string | null;
    };

/** An object without its content. */
export interface BucketObjectFacts {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
  readonly contentType: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface BucketAnswer {
  /** Of `get` and `head`; null when there is none. */
  readonly object: BucketObjectFacts | null;
  /** The condition held: a `put` has stored the object, a `get` brings its content. */
  readonly isMet: boolean;
}

export interface BucketListAnswer {
  readonly objects: readonly Pick<BucketObjectFacts, 'key' | 'size' | 'modifiedAt'>[];
  readonly cursor: string | null;
}

/** Most bytes that an HMAC is made of with a secret that the code does not read. */
export const HMAC_DATA_BYTES = 1024 * 1024;
export const HMAC_HASHES = ['SHA-256', 'SHA-384', 'SHA-512'] as const;
export type HmacHash = (typeof HMAC_HASHES)[number];

/** How placeholders of secrets begin, and how long they are in all. */
export const PLACEHOLDER_PREFIX = 'sovfn-secret-';
export const PLACEHOLDER_LENGTH = PLACEHOLDER_PREFIX.length + 32;

/** Heads of `hmac`; the body is the data. The answer to `sign` has the HMAC as its body. */
export type HmacHead =
  | { readonly op: 'sign'; readonly placeholder: string; readonly hash: HmacHash }
  | { readonly op: 'verify'; readonly placeholder: string; readonly hash: HmacHash; readonly signature: string };

/** Of a `verify`. */
export interface HmacVerdict {
  readonly isValid: boolean;
}
