import type { NatsConnection } from '@nats-io/transport-node';

/** Tells readers of logs that the bus was away: the server has forgotten what it was to deliver to them. */
export class BusWatch {
  readonly #listeners = new Set<() => void>();

  constructor(connection: NatsConnection) {
    void this.#watch(connection);
  }

  /** `listener` is called each time the bus has come back. Returns the function that ends it. */
  onReturn(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends with the connection. */
  async #watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'reconnect') for (const listener of this.#listeners) listener();
    }
  }
}
