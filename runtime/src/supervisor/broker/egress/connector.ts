/**
 * Connects to the outside. A name is looked up once, each address that comes back is checked, and the connection goes to
 * a checked address, while TLS and the Host header keep the name: what the name means a moment later changes nothing.
 */
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { reachOf, type ReachPolicy } from '@sovfn/protocol/addresses';
import { AskError } from '../ask.ts';

/** `allowPrivate`: functions may reach private addresses that they list. */
export type ConnectorOptions = Pick<ReachPolicy, 'allowPrivate' | 'ownServices'>;

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
  const policy = { ...options, ownAddresses, resolve, resolveOwn: resolve };
  return (target, callback) => {
    const tryEach = ([first, ...others]: readonly string[]): void => {
      connect({ ...target, hostname: first! }, (...result: Parameters<buildConnector.Callback>) => {
        if (result[0] === null || others.length === 0) callback(...result);
        else tryEach(others);
      });
    };
    checkedAddresses(target, policy).then(tryEach, (error: Error) => callback(error, null));
  };
}

/** Throws AskError for a name that leads to an address which may not be reached, even if others of its addresses might. */
async function checkedAddresses(
  { hostname, port: written, protocol }: buildConnector.Options,
  policy: ReachPolicy,
): Promise<readonly string[]> {
  const port = Number(written === '' ? (protocol === 'https:' ? 443 : 80) : written);
  const reach = await reachOf({ host: hostname, port }, policy);
  if (reach.kind === 'reachable') return reach.addresses;
  if (reach.kind === 'own-service') {
    throw new AskError(
      'TypeError',
      `fetch failed: ${hostname}:${port} belongs to the platform, and no function may reach it.`,
    );
  }
  const what = reach.address === hostname ? hostname : `${hostname} has the address ${reach.address}, which`;
  throw new AskError(
    'TypeError',
    `fetch failed: ${what} is not on the internet, and this node lets functions reach public addresses only. ` +
      'Its operator can set "allowPrivateEgress".',
  );
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((interfaces = []) => interfaces.map(({ address }) => address));
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
