type Settled<T> = { readonly value: T } | { readonly error: unknown };

/** Hands values on in the order in which they came, although some have to be waited for; at once while none has. */
export class InOrder {
  #last: Promise<void> | null = null;
  #round = 0;

  /** `take` gets the value; `refuse` what it failed with, null after `reset`. Neither may throw. */
  add<T>(value: T | Promise<T>, take: (value: T) => void, refuse: (error: unknown) => void): void {
    if (this.#last === null && !(value instanceof Promise)) return take(value);
    const round = this.#round;
    const settled = settle(value);
    const mine = (this.#last ?? Promise.resolve())
      .then(() => settled)
      .then((result) => {
        if (this.#last === mine) this.#last = null;
        if ('error' in result) refuse(result.error);
        else if (round === this.#round) take(result.value);
        else refuse(null);
      });
    this.#last = mine;
  }

  /** What has not been handed on is refused. */
  reset(): void {
    this.#round++;
  }

  /** Resolves when nothing is waited for any more. */
  async settled(): Promise<void> {
    await this.#last;
  }
}

async function settle<T>(value: T | Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await value };
  } catch (error) {
    return { error };
  }
}
