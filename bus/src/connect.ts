import { connect, jwtAuthenticator, type NatsConnection } from '@nats-io/transport-node';
import { SovfnError } from '@sovfn/protocol';
import { type BusAddress, serversOf } from './wire/client.ts';
import type { BusCredential } from './wire/credential.ts';

export interface BusOptions {
  readonly address: BusAddress;
  readonly credential: BusCredential;
  readonly name: string;
  /** Own prefix of request/reply inboxes (see `inboxPrefix` of the protocol). */
  readonly inboxPrefix: string;
}

const CONNECT_MS = 5_000;
/** A server that says nothing is left after LOST_PINGS + 1 of these. Milliseconds; the library's own default is two minutes. */
const PING_MS = 5_000;
const LOST_PINGS = 2;

/**
 * Connects with the client library, for JetStream, KV and control messages, to the first server that takes it. It reconnects
 * for ever, to whichever server it reaches. Publishes while
 * disconnected are buffered by the library: whoever answers people checks the connection's state first.
 */
export async function connectBus(options: BusOptions): Promise<NatsConnection> {
  try {
    return await connect({
      servers: serversOf(options.address),
      noRandomize: true,
      authenticator: jwtAuthenticator(options.credential.jwt, options.credential.seed),
      name: options.name,
      inboxPrefix: options.inboxPrefix,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      timeout: CONNECT_MS,
      pingInterval: PING_MS,
      maxPingOut: LOST_PINGS,
      ignoreClusterUpdates: true,
    });
  } catch (cause) {
    const where = serversOf(options.address).join(', ');
    throw new SovfnError('bus-unavailable', `NATS at ${where} refused "${options.name}": ${String(cause)}`, { cause });
  }
}
