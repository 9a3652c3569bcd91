/** What the monitoring ports of the NATS servers tell: clients cannot see how a server is configured. */
import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';

const ASK_MS = 5_000;

/** Left out by the server: what is false or empty. */
const serverSchema = z.object({
  server_name: z.string(),
  tags: z.array(z.string()).default([]),
  jetstream: z.object({ config: z.object({ sync_always: z.boolean().default(false) }).optional() }),
});

export interface BusServer {
  /** Each write is on disk before it is acknowledged. */
  readonly syncsAlways: boolean;
  readonly tags: ReadonlySet<string>;
}

/** By the names of the servers. Throws what `onUnknown` makes of an address that does not answer as a NATS server does. */
export async function askBusServers(
  monitors: readonly string[],
  onUnknown: (url: string, cause: unknown) => Error,
): Promise<ReadonlyMap<string, BusServer>> {
  const servers = new Map<string, BusServer>();
  for (const monitor of monitors) {
    const url = new URL('/varz', monitor);
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(ASK_MS) });
      const { server_name, tags, jetstream } = serverSchema.parse(await response.json());
      servers.set(server_name, { syncsAlways: jetstream.config?.sync_always === true, tags: new Set(tags) });
    } catch (cause) {
      throw onUnknown(url.href, cause);
    }
  }
  return servers;
}

/** Names of the servers that hold a stream; a single server names itself only in its own greeting. */
export function holdersOf({ cluster }: StreamInfo, connection: NatsConnection): string[] {
  const named = [cluster?.leader, ...(cluster?.replicas ?? []).map(({ name }) => name)];
  const known = named.filter((name) => name !== undefined);
  return known.length > 0 ? known : [connection.info?.server_name ?? ''];
}

export async function streamNames({ streams }: JetStreamManager): Promise<string[]> {
  const names: string[] = [];
  for await (const name of streams.names()) names.push(name);
  return names;
}
