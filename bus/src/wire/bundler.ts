/**
 * Gathers what leaves for the same destination in one turn of the event loop, so that it can be sent as one message. Nothing
 * waits longer than the turn, at whose end the connection writes anyway. A full message is written at once: with 64 calls in
 * flight all of them would else go around together, and gateway and cell wait for each other's turn to end.
 *
 * Guarantees: what was added for a destination is sent once, in the order in which it was added. A connection that is lost
 * meanwhile is not told here: sending throws then.
 */
export interface BundlerOptions<Item> {
  /** The connection that `send` publishes on; what is added throws what its `atTurnEnd` throws. `writeNow` must not throw. */
  readonly turn: { atTurnEnd(speak: () => void): void; writeNow(): void };
  /** Must not throw. */
  readonly send: (destination: string, items: readonly Item[]) => void;
}

interface Gathered<Item> {
  readonly items: Item[];
  bytes: number;
}

/**
 * Few enough that the calls of one turn are shared among several cells, and that the other side begins before all are there; many
 * enough that the message costs each of them little. With 8, nats-server took more than was won.
 */
export const MOST_ITEMS = 24;
const MOST_BYTES = 32 * 1024;
/** Larger messages are sent by themselves: sharing one saves nothing that they would notice. */
export const BUNDLED_BYTES = 8 * 1024;

export class Bundler<Item> {
  readonly #options: BundlerOptions<Item>;
  readonly #open = new Map<string, Gathered<Item>>();
  readonly #speak = (): void => this.#sendAll();

  constructor(options: BundlerOptions<Item>) {
    this.#options = options;
  }

  /** `bytes` is the size of the item's message. */
  add(destination: string, item: Item, bytes: number): void {
    const gathered = this.#open.get(destination);
    if (gathered === undefined) {
      if (this.#open.size === 0) this.#options.turn.atTurnEnd(this.#speak);
      this.#open.set(destination, { items: [item], bytes });
      return;
    }
    gathered.items.push(item);
    gathered.bytes += bytes;
    if (gathered.items.length >= MOST_ITEMS || gathered.bytes >= MOST_BYTES) {
      this.send(destination);
      this.#options.turn.writeNow();
    }
  }

  /** Sends what waits for a destination, before something that may not come ahead of it. */
  send(destination: string): void {
    const gathered = this.#open.get(destination);
    if (gathered === undefined) return;
    this.#open.delete(destination);
    this.#options.send(destination, gathered.items);
  }

  #sendAll(): void {
    for (const destination of [...this.#open.keys()]) this.send(destination);
  }
}
