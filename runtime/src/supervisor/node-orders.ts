import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { controlSubject, nodeOrderSchema } from '@sovfn/protocol';

export interface NodeOrdersOptions {
  readonly connection: NatsConnection;
  readonly node: string;
  readonly onDrain: () => void;
  readonly onInvalid: (reason: string) => void;
}

/** Hears what gateways tell this node to do. NATS lets nobody else write there. Close it by unsubscribing. */
export function hearOrders({ connection, node, onDrain, onInvalid }: NodeOrdersOptions): Subscription {
  return connection.subscribe(controlSubject(node), {
    callback: (error, message) => {
      if (error !== null) return;
      try {
        nodeOrderSchema.parse(message.json());
        onDrain();
      } catch (cause) {
        onInvalid(String(cause));
      }
    },
  });
}
