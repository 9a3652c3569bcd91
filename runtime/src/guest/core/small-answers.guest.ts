/** Leaves small answers where the host finds them (see bridge/small-answers.ts). */
import { ANSWER_TEXT_AT, ANSWER_WORDS, NO_ANSWER, SMALL_ANSWER_BYTES } from '../../bridge/small-answers.ts';
import { charCodeAt } from './primordials.guest.ts';

/** The last character that is one byte, and the same one, in headers and in bodies. */
const LAST_ASCII = 0x7f;

interface Memory {
  readonly words: Int32Array;
  readonly text: Uint8Array;
}

/** Null: the host has no such memory, and is told each answer. */
let memory: Memory | null = null;

export function openSmallAnswers(buffer: SharedArrayBuffer | undefined): void {
  if (buffer !== undefined) memory = { words: new Int32Array(buffer), text: new Uint8Array(buffer, ANSWER_TEXT_AT) };
}

/** False: it is not small, or has more than ASCII, or another one is there: the host must be told. */
export function leaveAnswer(call: number, status: number, headers: string, body: string): boolean {
  if (memory === null || headers.length + body.length > SMALL_ANSWER_BYTES) return false;
  const { words, text } = memory;
  if (words[ANSWER_WORDS.call] !== NO_ANSWER) return false;
  if (!write(text, 0, headers) || !write(text, headers.length, body)) return false;
  words[ANSWER_WORDS.status] = status;
  words[ANSWER_WORDS.headerBytes] = headers.length;
  words[ANSWER_WORDS.bodyBytes] = body.length;
  words[ANSWER_WORDS.call] = call;
  return true;
}

function write(to: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = charCodeAt(text, i);
    if (code > LAST_ASCII) return false;
    to[at + i] = code;
  }
  return true;
}
