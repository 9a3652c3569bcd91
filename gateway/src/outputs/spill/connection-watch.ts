import type { NatsConnection } from '@nats-io/transport-node';

/**
 * Knows whether a NATS connection is up. The library buffers what is published while it is not, without a bound, and
 * sends it all later: so whoever repeats a publish asks here first.
 */
export class ConnectionWatch {
  #isConnected = true;

  constructor(connection: NatsConnection) {
    // Ends by itself when the connection is closed.
    void this.#follow(connection);
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const change of connection.status()) {
      if (change.type === 'disconnect') this.#isConnected = false;
      if (change.type === 'reconnect') this.#isConnected = true;
    }
    this.#isConnected = false;
  }
}
