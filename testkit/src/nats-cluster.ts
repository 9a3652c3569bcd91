/** Three real nats-servers on the loopback address that form a cluster with JetStream. Each can be killed and restarted. */
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from './free-ports.ts';
import { type NatsServer, startNats } from './nats.ts';

export interface NatsCluster extends AsyncDisposable {
  readonly servers: readonly [NatsServer, NatsServer, NatsServer];
  /** The server that calls itself so, as a stream's leader is given. */
  named(serverName: string): NatsServer;
  /** Resolves when every server runs, and each of its streams has a leader and is up to date. */
  untilHealthy(): Promise<void>;
}

const HOST = '127.0.0.1';
const NAMES = ['n1', 'n2', 'n3'] as const;
const HEALTHY_MS = 60_000;
const POLL_MS = 50;

/** `config`: text added to the configuration of each; it must name a system account. Resolves when JetStream has a leader. */
export async function startNatsCluster({ config }: { readonly config: string }): Promise<NatsCluster> {
  await using parts = new AsyncDisposableStack();
  const ports = await freePorts(NAMES.length);
  const routes = ports.map((port) => `"nats://${HOST}:${port}"`).join(', ');
  const starting = NAMES.map(async (name, index) => {
    const cluster = `cluster { name: test, listen: "${HOST}:${ports[index]}", routes: [${routes}] }`;
    return parts.use(await startNats({ config: `server_name: ${name}\n${cluster}\n${config}` }));
  });
  // Those that have started are owned before one that has not fails the start.
  await Promise.allSettled(starting);
  const servers = (await Promise.all(starting)) as [NatsServer, NatsServer, NatsServer];
  const untilAllHealthy = async (): Promise<void> => void (await Promise.all(servers.map(untilHealthy)));
  await untilAllHealthy();
  const owned = parts.move();
  return {
    servers,
    named: (serverName) => {
      const found = servers[NAMES.findIndex((name) => name === serverName)];
      if (found === undefined) throw new Error(`the cluster has no server "${serverName}"`);
      return found;
    },
    untilHealthy: untilAllHealthy,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function untilHealthy(server: NatsServer): Promise<void> {
  const giveUpAt = performance.now() + HEALTHY_MS;
  while (!(await isHealthy(server))) {
    if (performance.now() > giveUpAt) throw new Error(`a server of the cluster is not healthy:\n${server.output}`);
    await delay(POLL_MS);
  }
}

async function isHealthy({ monitorUrl }: NatsServer): Promise<boolean> {
  const response = await fetch(`${monitorUrl}/healthz`);
  await response.body?.cancel();
  return response.ok;
}
