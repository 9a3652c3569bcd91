/**
 * Where a guest leaves a small answer for its host: memory that both see, because an operation takes longer than all else that
 * crosses for a plain call (2.5 of 8.9 µs, measured).
 *
 * Obligation of the host: takes the answer before it does anything else for the guest, be it the guest's next operation or what
 * follows the end of the entry, however that ended. So nobody sees a difference to an answer that was handed over at once.
 * Obligation of the guest: keeps the memory in a closure, and writes the word `call` last.
 */

/** Index of each number in the memory, seen as an Int32Array. */
export const ANSWER_WORDS = { call: 0, status: 1, headerBytes: 2, bodyBytes: 3 } as const;
/** Headers and body follow, one byte for each character: ASCII. */
export const ANSWER_TEXT_AT = 16;
/** Of both. Longer ones are handed over by `respond`: here each character is written by JavaScript. */
export const SMALL_ANSWER_BYTES = 1_024;
/** In the word `call`: nothing is there. Calls count from 1. */
export const NO_ANSWER = 0;

export function makeAnswerMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(ANSWER_TEXT_AT + SMALL_ANSWER_BYTES);
}
