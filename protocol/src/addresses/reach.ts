/**
 * Decides where a connection to the outside may go: what a function fetches, and the callback of an event. A name is
 * resolved once and all its addresses are checked; whoever asks connects to one of these addresses and to no other, so
 * that what the name means a moment later changes nothing.
 *
 * Guarantees: the platform's own services are refused, under whatever name or form of address they are asked for; private
 * addresses are refused unless the operator allows them; one refused address refuses the name. Hostile: the host that is
 * asked for, and the server that resolves it. Trusted: the policy.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { isPublicAddress } from './public-address.ts';

export interface ServiceAddress {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
}

export interface ReachPolicy {
  /** For platforms whose network is their owner's. */
  readonly allowPrivate: boolean;
  /** The platform's own services: never reached, whatever else is allowed. */
  readonly ownServices: () => readonly ServiceAddress[];
  /** Addresses of this machine's interfaces. */
  readonly ownAddresses: () => readonly string[];
  /** Addresses of a name that was asked for. Rejects when it has none. */
  readonly resolve: (name: string) => Promise<readonly string[]>;
  /** Addresses of the name of one of the platform's own services. Rejects when it has none. */
  readonly resolveOwn: (name: string) => Promise<readonly string[]>;
}

export type Reach =
  | { readonly kind: 'reachable'; readonly addresses: readonly string[] }
  | { readonly kind: 'own-service'; readonly address: string }
  | { readonly kind: 'private'; readonly address: string };

const LOOPBACK = ['127.0.0.1', '::1'] as const;
const LOCALHOST = /(^|\.)localhost\.?$/i;

/** Rejects with what `resolve` or `resolveOwn` rejects with. `host`: as a URL or a connector writes it. */
export async function reachOf({ host, port }: ServiceAddress, policy: ReachPolicy): Promise<Reach> {
  const name = withoutBrackets(host);
  const addresses = knownAddresses(name) ?? (await policy.resolve(name));
  const own = await findOwnService({ host: name, port }, addresses, policy);
  if (own !== null) return { kind: 'own-service', address: own };
  const hidden = policy.allowPrivate ? undefined : addresses.find((address) => !isPublicAddress(address));
  return hidden === undefined ? { kind: 'reachable', addresses } : { kind: 'private', address: hidden };
}

/** The address that leads to a service of the platform; null when none does. */
async function findOwnService(
  { host, port }: ServiceAddress,
  addresses: readonly string[],
  { ownServices, ownAddresses, resolveOwn }: ReachPolicy,
): Promise<string | null> {
  const services = ownServices().filter((service) => service.port === port);
  if (services.length === 0) return null;
  if (services.some((service) => withoutBrackets(service.host) === host)) return host;
  const machine = thisMachine(ownAddresses());
  const taken = new BlockList();
  let isOnThisMachine = false;
  for (const service of services) {
    const name = withoutBrackets(service.host);
    for (const address of knownAddresses(name) ?? (await resolveOwn(name))) {
      taken.addAddress(address, familyOf(address));
      isOnThisMachine ||= machine.check(address, familyOf(address));
    }
  }
  const leads = (address: string): boolean =>
    taken.check(address, familyOf(address)) || (isOnThisMachine && machine.check(address, familyOf(address)));
  return addresses.find(leads) ?? null;
}

/** A service may listen on one of them or on all: on its port, they all count as the service. */
function thisMachine(ownAddresses: readonly string[]): BlockList {
  const machine = new BlockList();
  machine.addSubnet('127.0.0.0', 8, 'ipv4');
  machine.addSubnet('0.0.0.0', 8, 'ipv4');
  machine.addAddress('::1', 'ipv6');
  machine.addAddress('::', 'ipv6');
  for (const address of ownAddresses) machine.addAddress(address, familyOf(address));
  return machine;
}

/** Addresses that a host has without asking anybody; null for a name that must be resolved. */
function knownAddresses(host: string): readonly string[] | null {
  if (isIP(host) !== 0) return [host];
  return LOCALHOST.test(host) ? LOOPBACK : null;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}
