import type { Ask, AskEvents, AskOpener, AskOrder } from './broker-client.ts';

/** Sends each ask to whoever carries it out. */
export class RoutedAsks implements AskOpener {
  readonly #inside: AskOpener;
  readonly #outside: AskOpener;

  /** `inside`: the supervisor, for bindings. `outside`: the broker, for `fetch`. */
  constructor(inside: AskOpener, outside: AskOpener) {
    this.#inside = inside;
    this.#outside = outside;
  }

  open(order: AskOrder, events: AskEvents): Ask {
    return (order.kind === 'fetch' ? this.#outside : this.#inside).open(order, events);
  }
}
