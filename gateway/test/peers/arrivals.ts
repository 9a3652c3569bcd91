/** Values that arrive in their own time, taken one by one in order: tests wait for what happens and never for a time. */
export class Arrivals<T> {
  readonly #values: T[] = [];
  readonly #waiting: ((value: T) => void)[] = [];

  push(value: T): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#values.push(value);
    else waiting(value);
  }

  next(): Promise<T> {
    const value = this.#values.shift();
    if (value !== undefined) return Promise.resolve(value);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Everything that has arrived and was not taken. */
  drain(): T[] {
    return this.#values.splice(0);
  }

  /** How many have arrived and were not taken. */
  get size(): number {
    return this.#values.length;
  }
}
