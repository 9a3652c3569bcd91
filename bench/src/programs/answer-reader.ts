const END_OF_HEAD = '\r\n\r\n';
const END_OF_CHUNKS = '0\r\n\r\n';

/** Finds the end of each small HTTP/1.1 answer in what a connection brings, with or without a length. */
export class AnswerReader {
  readonly #onAnswer: (status: number) => void;
  #text = '';

  constructor(onAnswer: (status: number) => void) {
    this.#onAnswer = onAnswer;
  }

  read(text: string): void {
    this.#text += text;
    const headEnd = this.#text.indexOf(END_OF_HEAD);
    if (headEnd === -1 || !this.#isWhole(headEnd + END_OF_HEAD.length)) return;
    const status = Number(this.#text.slice('HTTP/1.1 '.length, 'HTTP/1.1 '.length + 3));
    this.#text = '';
    this.#onAnswer(status);
  }

  #isWhole(bodyAt: number): boolean {
    const length = /^content-length: *(\d+)/im.exec(this.#text)?.[1];
    if (length === undefined) return this.#text.endsWith(END_OF_CHUNKS);
    return this.#text.length >= bodyAt + Number(length);
  }
}
