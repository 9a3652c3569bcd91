import { CALL_SPANS, CALL_SPANS_LENGTH, SPAN_LENGTH } from '@sovfn/protocol';

/** The spans that one call has made so far, as the guest wrote them; within the limits of a call. */
export class MadeSpans {
  readonly texts: string[] = [];
  #dropped = 0;
  #length = 0;

  /** Spans that were over a limit. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Of all texts. */
  get length(): number {
    return this.#length;
  }

  add(text: string): void {
    const length = this.#length + text.length;
    if (text.length > SPAN_LENGTH || length > CALL_SPANS_LENGTH || this.texts.length >= CALL_SPANS) {
      this.#dropped++;
      return;
    }
    this.#length = length;
    this.texts.push(text);
  }
}
