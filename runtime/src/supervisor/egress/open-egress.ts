import { resolve } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { openCountryDatabase } from '../../broker/country-database.ts';
import { LOCK_LEVEL_PROCESS } from '../../channel/lock-level.ts';
import type { SupervisorConfig } from '../config.ts';
import type { SupervisorEvents } from '../events.ts';
import type { CallEgresses } from '../receipts/call-egress.ts';
import { type BrokerBoot, BrokerProcess } from './broker-process.ts';
import { EgressLedger } from './ledger.ts';
import { NodeBroker } from './node-broker.ts';

export interface OpenEgressOptions {
  readonly config: SupervisorConfig;
  readonly connection: NatsConnection;
  /** File that the broker runs. */
  readonly program: string;
  /** Where cells listen. */
  readonly sockets: string;
  readonly idleMs: number;
  readonly egresses: CallEgresses;
  readonly events: SupervisorEvents;
  /** Closed in reverse order. */
  readonly resources: AsyncDisposableStack;
}

/** The ledger of this node, and the broker, which is not started yet. Throws what `openCountryDatabase` throws. */
export async function openEgress(options: OpenEgressOptions): Promise<NodeBroker> {
  const { config, connection, program, sockets, idleMs, egresses, events, resources } = options;
  // The broker reads it when it starts; what is wrong with it shall be said now.
  if (config.countryDatabase !== undefined) await openCountryDatabase(config.countryDatabase);
  const stream = jetstream(connection);
  const ledger = new EgressLedger({
    node: config.node,
    publish: async (subject, payload) => void (await stream.publish(subject, payload)),
    onDelayed: (reason) => events.egressUnwritten(reason),
  });
  resources.adopt(ledger, (open) => open.close());
  const broker = new NodeBroker({
    start: () =>
      BrokerProcess.start({
        ...{ program, sockets, ledger, egresses },
        boot: bootOf(config, idleMs),
        requireLockLevel: config.requireLockLevel ?? LOCK_LEVEL_PROCESS,
        onOutput: (text) => events.brokerOutput(text),
        onDefect: (reason) => events.askFailed('fetch', reason),
      }),
    onStarted: ({ pid }, lockLevel, ms) => events.brokerStarted(pid, lockLevel, ms),
    onEnded: ({ pid }, reason) => events.brokerEnded(pid, reason),
    onUnavailable: (reason) => events.brokerUnavailable(reason),
  });
  return resources.adopt(broker, (open) => open.close());
}

function bootOf(
  { bus, store, allowPrivateEgress, ownServices, dnsServers, countryDatabase }: SupervisorConfig,
  idleMs: number,
): BrokerBoot {
  const servers = bus.servers.map((server) => new URL(`nats://${server}`));
  const cluster = servers.map(({ hostname, port }) => ({ host: hostname, port: Number(port) }));
  const own = [bus, ...cluster, store.endpoint, ...(ownServices ?? [])];
  return {
    allowPrivate: allowPrivateEgress ?? false,
    ownServices: own.map(({ host, port }) => ({ host, port })),
    dnsServers: dnsServers ?? null,
    // It runs in another directory.
    countryDatabase: countryDatabase === undefined ? null : resolve(countryDatabase),
    idleMs,
  };
}
