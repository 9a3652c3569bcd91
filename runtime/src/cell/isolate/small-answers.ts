/** The host's side of the memory where a guest leaves small answers (see bridge/small-answers.ts). */
import { BODY, type HostOperations } from '../../bridge/contract.ts';
import { ANSWER_TEXT_AT, ANSWER_WORDS, makeAnswerMemory, NO_ANSWER } from '../../bridge/small-answers.ts';

export class SmallAnswers {
  readonly memory = makeAnswerMemory();
  readonly #words = new Int32Array(this.memory, 0, ANSWER_TEXT_AT / Int32Array.BYTES_PER_ELEMENT);
  readonly #text = Buffer.from(this.memory, ANSWER_TEXT_AT);

  /** Hands over what is there, as if the guest had told it. */
  take(operations: Pick<HostOperations, 'respond'>): void {
    const words = this.#words;
    const call = words[ANSWER_WORDS.call]!;
    if (call === NO_ANSWER) return;
    words[ANSWER_WORDS.call] = NO_ANSWER;
    const headersEnd = words[ANSWER_WORDS.headerBytes]!;
    const bodyEnd = headersEnd + words[ANSWER_WORDS.bodyBytes]!;
    const headers = this.#text.latin1Slice(0, headersEnd);
    operations.respond(
      call,
      words[ANSWER_WORDS.status]!,
      headers,
      BODY.text,
      this.#text.latin1Slice(headersEnd, bodyEnd),
    );
  }
}
