import { lookup, Resolver } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import type { ReachPolicy, ServiceAddress } from '@sovfn/protocol/addresses';
import type { GatewayConfig } from '../../config.ts';
import { portOf } from './callback-url.ts';

/** Of one question to one name server, which is asked twice at most. Milliseconds. */
const RESOLVE_MS = 3_000;
const TRIES = 2;

/** Where callbacks may go. `listening`: addresses of the gateway's own ports, once they are known. */
export function callbackReach(config: GatewayConfig, listening: () => readonly ServiceAddress[]): ReachPolicy {
  const { bus, store, allowPrivateCallbacks: allowPrivate, ownServices } = config;
  const servers = bus.servers.map((server) => serviceOf(`nats://${server}`));
  const fixed = [bus, ...servers, ...bus.monitors.map(serviceOf), store.endpoint, ...ownServices];
  return {
    allowPrivate,
    ownServices: () => [...fixed, ...listening()],
    ownAddresses,
    resolve: allowPrivate ? resolveAsSystem : publicResolver(),
    resolveOwn: resolveAsSystem,
  };
}

/**
 * Asks the name servers only. The system's own look-up reads the hosts file too, and occupies one of few threads for as
 * long as a name server is silent: callers could hold up everything else that looks a name up.
 */
function publicResolver(): (name: string) => Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: RESOLVE_MS, tries: TRIES });
  return async (name) => {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = [v4, v6].flatMap((found) => (found.status === 'fulfilled' ? found.value : []));
    if (addresses.length === 0 && v4.status === 'rejected') throw v4.reason;
    return addresses;
  };
}

async function resolveAsSystem(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((interfaces = []) => interfaces.map(({ address }) => address));
}

function serviceOf(address: string): ServiceAddress {
  const url = new URL(address);
  return { host: url.hostname, port: portOf(url) };
}
