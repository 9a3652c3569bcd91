/**
 * Connects to the outside. A name is looked up once, each address that comes back is checked, and the connection goes to
 * a checked address, while TLS and the Host header keep the name: what the name means a moment later changes nothing.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { AskError } from '../ask.ts';
import { isPublicAddress } from '@sovfn/protocol/addresses';

export interface ConnectorOptions {
  /** Functions may reach private addresses that they list: for nodes whose network is theirs. */
  readonly allowPrivate: boolean;
  /** `address:port` of the platform's own services, which no function may reach in any case. */
  readonly ownServices: ReadonlySet<string>;
}

const CONNECT_MS = 10_000;
/** Connections to one origin at a time. */
const CONNECTIONS = 64;
/** Wait for the head of an answer: not shorter than the longest call, which ends it. */
const HEADERS_MS = 900_000;
/** Longest silence in the middle of an answer's body, while it is being read. */
const BODY_IDLE_MS = 300_000;
const HEAD_BYTES = 64 * 1024;

/** Connections for one tenant. Whoever makes it destroys it. */
export function makeEgressAgent(options: ConnectorOptions): Dispatcher {
  return new Agent({
    connect: makeConnector(options),
    connections: CONNECTIONS,
    headersTimeout: HEADERS_MS,
    bodyTimeout: BODY_IDLE_MS,
    maxHeaderSize: HEAD_BYTES,
  });
}

function makeConnector(options: ConnectorOptions): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_MS, allowH2: false });
  return (target, callback) => {
    const tryEach = ([first, ...others]: readonly string[]): void => {
      connect({ ...target, hostname: first! }, (...result: Parameters<buildConnector.Callback>) => {
        if (result[0] === null || others.length === 0) callback(...result);
        else tryEach(others);
      });
    };
    checkedAddresses(target, options).then(tryEach, (error: Error) => callback(error, null));
  };
}

/** Throws AskError for a name that leads to an address which may not be reached, even if others of its addresses might. */
async function checkedAddresses(
  { hostname, port, protocol }: buildConnector.Options,
  { allowPrivate, ownServices }: ConnectorOptions,
): Promise<readonly string[]> {
  const addresses = isIP(hostname) === 0 ? await resolve(hostname) : [hostname];
  const actualPort = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  for (const address of addresses) {
    if (ownServices.has(`${address}:${actualPort}`)) {
      throw new AskError(
        'TypeError',
        `fetch failed: ${hostname}:${actualPort} belongs to the platform, and no function may reach it.`,
      );
    }
    if (allowPrivate || isPublicAddress(address)) continue;
    const what = address === hostname ? address : `${hostname} has the address ${address}, which`;
    throw new AskError(
      'TypeError',
      `fetch failed: ${what} is not on the internet, and this node lets functions reach public addresses only. ` +
        'Its operator can set "allowPrivateEgress".',
    );
  }
  return addresses;
}

async function resolve(hostname: string): Promise<readonly string[]> {
  try {
    return (await lookup(hostname, { all: true })).map(({ address }) => address);
  } catch (cause) {
    throw new AskError(
      'TypeError',
      `fetch failed: the name ${hostname} could not be looked up (${codeOf(cause)}).`,
      cause,
    );
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
