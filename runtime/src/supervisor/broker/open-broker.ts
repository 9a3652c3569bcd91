import type { SupervisorConfig } from '../config.ts';
import type { SupervisorEvents } from '../events.ts';
import { Broker } from './cell-broker.ts';
import { makeEgressAgent } from './egress/connector.ts';
import { carryOutFetch } from './egress/fetch.ts';
import { carryOutUnavailable } from './unavailable.ts';

export interface OpenBrokerOptions {
  readonly config: SupervisorConfig;
  readonly events: SupervisorEvents;
}

/** The node's broker, with a handler for each kind of ask. */
export function openBroker({ config, events }: OpenBrokerOptions): Broker {
  const { bus, store, allowPrivateEgress = false } = config;
  const ownServices = new Set([bus, store.endpoint].map(({ host, port }) => `${host}:${port}`));
  return new Broker({
    handlers: {
      fetch: carryOutFetch,
      kv: carryOutUnavailable,
      bucket: carryOutUnavailable,
      queue: carryOutUnavailable,
      service: carryOutUnavailable,
    },
    makeDispatcher: () => makeEgressAgent({ allowPrivate: allowPrivateEgress, ownServices }),
    onDefect: (kind, error) =>
      events.brokerFailed(kind, error instanceof Error ? (error.stack ?? error.message) : String(error)),
  });
}
