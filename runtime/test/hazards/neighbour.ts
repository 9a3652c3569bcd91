/** Calls another tenant's function, one call after the other, for as long as something lasts. */
export class Neighbour {
  readonly #call: () => Promise<string>;

  constructor(call: () => Promise<string>) {
    this.#call = call;
  }

  /** Calls at least once; returns what each call was answered, or the error that it ended with. */
  async during<T>(work: () => Promise<T>): Promise<{ result: T; answers: string[] }> {
    let isOver = false;
    const calling = this.#callUntil(() => isOver);
    try {
      const result = await work();
      isOver = true;
      return { result, answers: await calling };
    } finally {
      isOver = true;
      await calling;
    }
  }

  async #callUntil(isOver: () => boolean): Promise<string[]> {
    const answers: string[] = [];
    do answers.push(await this.#call().catch(String));
    while (!isOver());
    return answers;
  }
}
