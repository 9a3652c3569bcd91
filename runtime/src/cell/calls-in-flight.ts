import { InFlight } from '@sovfn/bus/wire';
import type { ServedCall } from './call.ts';

/** Every call of the cell, by key. The Map holds numbers alone: see InFlight. */
export class CallsInFlight {
  readonly #numbers = new Map<string, number>();
  readonly #calls = new InFlight<ServedCall>();

  get size(): number {
    return this.#calls.size;
  }

  get(key: string): ServedCall | null {
    const number = this.#numbers.get(key);
    return number === undefined ? null : this.#calls.get(number);
  }

  add(call: ServedCall): void {
    const number = this.#calls.nextNumber();
    this.#calls.put(number, call);
    this.#numbers.set(call.key, number);
  }

  remove({ key }: ServedCall): void {
    const number = this.#numbers.get(key);
    if (number === undefined) return;
    this.#numbers.delete(key);
    this.#calls.remove(number);
  }
}
