/**
 * Connects to the outside. A name is looked up once, each address that comes back is checked, and the connection goes to
 * a checked address, while TLS and the Host header keep the name: what the name means a moment later changes nothing.
 *
 * Guarantees: no connection to an address that a rule stands against, and where countries are asked for, none to an
 * address that the database does not place in one of them. Hostile: names, and who resolves them.
 */
import { networkInterfaces } from 'node:os';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { reachOf, type ReachPolicy } from '@sovfn/protocol/addresses';
import type { CountryOf } from './country-database.ts';
import { noteRequests } from './noted-requests.ts';
import { EgressRefused } from './policy.ts';
import type { Resolve } from './resolve.ts';

/** `allowPrivate`: functions may reach private addresses that they list. */
export interface ConnectorOptions extends Pick<ReachPolicy, 'allowPrivate' | 'ownServices'> {
  /** Null: the node has no database, so that nothing is reached that must be in a country. */
  readonly countryOf: CountryOf | null;
  readonly resolve: Resolve;
}

const CONNECT_MS = 10_000;
/** Connections to one origin at a time. */
const CONNECTIONS = 64;
/** Wait for the head of an answer: not shorter than the longest call, which ends it. */
const HEADERS_MS = 900_000;
/** Longest silence in the middle of an answer's body, while it is being read. */
const BODY_IDLE_MS = 300_000;
const HEAD_BYTES = 64 * 1024;

/** Connections for one tenant to addresses in `countries` (null: in any). Whoever makes it destroys it. */
export function makeEgressAgent(options: ConnectorOptions, countries: readonly string[] | null): Dispatcher {
  const agent = new Agent({
    connect: makeConnector(options, countries),
    connections: CONNECTIONS,
    headersTimeout: HEADERS_MS,
    bodyTimeout: BODY_IDLE_MS,
    maxHeaderSize: HEAD_BYTES,
  });
  return agent.compose(noteRequests(options.countryOf));
}

function makeConnector(options: ConnectorOptions, countries: readonly string[] | null): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_MS, allowH2: false });
  const policy = { ...options, ownAddresses, resolveOwn: options.resolve };
  return (target, callback) => {
    const tryEach = ([first, ...others]: readonly string[]): void => {
      connect({ ...target, hostname: first! }, (...result: Parameters<buildConnector.Callback>) => {
        if (result[0] === null || others.length === 0) callback(...result);
        else tryEach(others);
      });
    };
    checkedAddresses(target, policy)
      .then((addresses) => {
        if (countries !== null) assertInCountries(target.hostname, addresses, countries, options.countryOf);
        return addresses;
      })
      .then(tryEach, (error: Error) => callback(error, null));
  };
}

/** Throws EgressRefused when one of the addresses is elsewhere, or nobody can tell. */
function assertInCountries(
  hostname: string,
  addresses: readonly string[],
  countries: readonly string[],
  countryOf: CountryOf | null,
): void {
  const wanted = `egress allows ${hostname} in ${countries.join(', ')} only`;
  if (countryOf === null) {
    throw new EgressRefused(`fetch failed: ${wanted}, and this node has no country database ("countryDatabase").`);
  }
  for (const address of addresses) {
    const country = countryOf(address);
    if (country !== null && countries.includes(country)) continue;
    const where = country === null ? 'in no country that the database knows' : `in ${country}`;
    throw new EgressRefused(`fetch failed: ${wanted}; its address ${address} is ${where}.`);
  }
}

/** Throws EgressRefused for a name that leads to an address which may not be reached, even if others of its might. */
async function checkedAddresses(
  { hostname, port: written, protocol }: buildConnector.Options,
  policy: ReachPolicy,
): Promise<readonly string[]> {
  const port = Number(written === '' ? (protocol === 'https:' ? 443 : 80) : written);
  const reach = await reachOf({ host: hostname, port }, policy);
  if (reach.kind === 'reachable') return reach.addresses;
  if (reach.kind === 'own-service') {
    throw new EgressRefused(`fetch failed: ${hostname}:${port} belongs to the platform, and no function may reach it.`);
  }
  const what = reach.address === hostname ? hostname : `${hostname} has the address ${reach.address}, which`;
  throw new EgressRefused(
    `fetch failed: ${what} is not on the internet, and this node lets functions reach public addresses only. ` +
      'Its operator can set "allowPrivateEgress".',
  );
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((interfaces = []) => interfaces.map(({ address }) => address));
}
