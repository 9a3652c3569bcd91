/** What a gateway has of a message that the server waits for: its acknowledgement, with or without its bytes. */
import type { JsMsg } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';

export interface Delivery {
  readonly redelivered: boolean;
  ack(): void;
  /** Gives it back; it comes again after `delayMs`, at once when that is left out. */
  nak(delayMs?: number): void;
  /** It is being worked on: the server gives it to nobody else. */
  working(): void;
}

/** Holds no byte of the message. */
export function withoutBytes(message: JsMsg, connection: NatsConnection): Delivery {
  const { redelivered, reply } = message as JsMsg & { readonly reply: string };
  const answer = (text: string): void => connection.publish(reply, text);
  return {
    redelivered,
    ack: () => answer('+ACK'),
    nak: (delayMs) => answer(delayMs === undefined ? '-NAK' : `-NAK ${JSON.stringify({ delay: nanos(delayMs) })}`),
    working: () => answer('+WPI'),
  };
}
