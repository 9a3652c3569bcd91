/** `node:timers`: the timers of the Web platform, with the objects that Node gives for them. */
type Callback = (...args: never[]) => unknown;

const web = globalThis as unknown as {
  setTimeout(callback: () => void, delay?: number): number;
  setInterval(callback: () => void, delay?: number): number;
  clearTimeout(timer: number | undefined): void;
};

/** A timer. A call does not wait for timers, so `ref` and `unref` only record what was asked. */
class Timeout {
  readonly #start: () => number;
  #timer: number;
  #isReferenced = true;

  constructor(start: () => number) {
    this.#start = start;
    this.#timer = start();
  }

  ref(): this {
    this.#isReferenced = true;
    return this;
  }

  unref(): this {
    this.#isReferenced = false;
    return this;
  }

  hasRef(): boolean {
    return this.#isReferenced;
  }

  refresh(): this {
    web.clearTimeout(this.#timer);
    this.#timer = this.#start();
    return this;
  }

  close(): this {
    web.clearTimeout(this.#timer);
    return this;
  }

  [Symbol.toPrimitive](): number {
    return this.#timer;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function setTimeout(callback: Callback, delay?: number, ...args: never[]): Timeout {
  return new Timeout(() => web.setTimeout(() => callback(...args), delay));
}

function setInterval(callback: Callback, delay?: number, ...args: never[]): Timeout {
  return new Timeout(() => web.setInterval(() => callback(...args), delay));
}

function setImmediate(callback: Callback, ...args: never[]): Timeout {
  return setTimeout(callback, 0, ...args);
}

type Timer = Timeout | number | string | null | undefined;

function clear(timer: Timer): void {
  if (timer instanceof Timeout) timer.close();
  else if (timer !== null && timer !== undefined) web.clearTimeout(Number(timer));
}

function clearTimeout(timer: Timer): void {
  clear(timer);
}

function clearInterval(timer: Timer): void {
  clear(timer);
}

function clearImmediate(timer: Timer): void {
  clear(timer);
}

export { clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout };
