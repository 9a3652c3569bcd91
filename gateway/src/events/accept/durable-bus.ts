/**
 * Checks at the start that an accepted event survives a power cut: every server that holds events syncs each write to
 * disk before it acknowledges (`sync_interval: always`). Clients of NATS cannot see that; the servers' monitoring ports
 * tell it. Fails closed: a server that cannot be asked counts as one that does not sync.
 *
 * Not guaranteed: that a server keeps its configuration; it is asked once, when the gateway starts.
 */
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { deadLetterStream, eventStream, queueStream, recordStream, SovfnError, tickStream } from '@sovfn/protocol';
import { askBusServers, holdersOf } from '../../bus-servers.ts';

export interface DurableBusOptions {
  readonly connection: NatsConnection;
  readonly zones: readonly string[];
  /** Addresses of the servers' monitoring ports, one for each server that may hold events. */
  readonly monitors: readonly string[];
}

/** Throws `bus-not-durable`, which names the server and what to set. */
export async function assertDurableBus({ connection, zones, monitors }: DurableBusOptions): Promise<void> {
  const servers = await askBusServers(monitors, (url, cause) =>
    notDurable(`it is not known whether NATS syncs events to disk: ${url} cannot be read`, cause),
  );
  for (const name of await findHolders(connection, zones)) {
    const server = servers.get(name);
    if (server === undefined)
      throw notDurable(`the NATS server "${name}" holds events, and bus.monitors does not list it`);
    if (server.syncsAlways) continue;
    throw notDurable(`the NATS server "${name}" acknowledges events before they are synced to disk`);
  }
}

/** What an accepted event may be in, or what became of it. */
const streamsOf = (zone: string): string[] =>
  [eventStream, queueStream, recordStream, deadLetterStream, tickStream].map((nameIn) => nameIn(zone));

/** Names of the servers with the zones' streams. */
async function findHolders(connection: NatsConnection, zones: readonly string[]): Promise<ReadonlySet<string>> {
  const { streams } = await jetstreamManager(connection);
  const holders = new Set<string>();
  for (const stream of zones.flatMap(streamsOf)) {
    for (const name of holdersOf(await streams.info(stream), connection)) holders.add(name);
  }
  return holders;
}

function notDurable(reason: string, cause?: unknown): SovfnError {
  return new SovfnError('bus-not-durable', reason, {
    cause,
    hint:
      'Set `sync_interval: always` in the jetstream block of every NATS server, and list their monitoring addresses in ' +
      'bus.monitors; or start the gateway with --unsafe-fsync and accept that a power cut loses accepted events.',
  });
}
