/**
 * What a function asks of the world outside its cell: `fetch` and the operations of its bindings. An ask crosses three
 * borders with the same content: the bridge (guest → cell), the channel (cell → supervisor), and there the broker, which
 * carries it out. The cell passes heads on unread; the broker parses them, and trusts nothing in them.
 *
 * Limits that the cell keeps for each call are below; the supervisor has its own for each cell, because a cell may lie.
 */
export const ASK_KINDS = ['fetch', 'kv', 'bucket', 'queue', 'service'] as const;
export type AskKind = (typeof ASK_KINDS)[number];

/** Asks that one call may make. */
export const ASKS_PER_CALL = 50;
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
