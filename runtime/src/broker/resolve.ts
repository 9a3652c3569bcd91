/** Addresses of names, from the system or from the servers that the operator has named. Nothing is kept between questions. */
import { lookup, Resolver } from 'node:dns/promises';
import { AskError } from '../asks/ask.ts';

/** Throws AskError for a name that has no address, or that nobody answers for. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

const ANSWER_MS = 3_000;
const TRIES = 2;

/** Names that one cell may have looked up at a time; and those that wait for it. */
const TURNS = 4;
const MOST_WAITING = 1_000;

/**
 * The same, for one cell: the system answers some names at a time for all, and one that nobody answers for takes it many seconds,
 * also when whoever asked has left. Throws AskError when too many wait.
 */
export function inTurns(resolve: Resolve): Resolve {
  const waiting: (() => void)[] = [];
  let free = TURNS;
  return async (hostname) => {
    if (free > 0) free--;
    else if (waiting.length >= MOST_WAITING) throw tooMany(hostname);
    else await new Promise<void>((begin) => waiting.push(begin));
    try {
      return await resolve(hostname);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

function tooMany(hostname: string): AskError {
  const what = `${MOST_WAITING} names wait to be looked up`;
  return new AskError('TypeError', `fetch failed: the name ${hostname} could not be looked up: ${what}.`);
}

/** `servers`: addresses with or without a port; null: as the system does it. */
export function makeResolve(servers: readonly string[] | null): Resolve {
  if (servers === null) return async (hostname) => resolveBySystem(hostname).catch((cause) => fail(hostname, cause));
  const resolver = new Resolver({ timeout: ANSWER_MS, tries: TRIES });
  resolver.setServers(servers);
  return async (hostname) => {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses = [v4, v6].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    return fail(hostname, v4.status === 'rejected' ? v4.reason : 'ENODATA');
  };
}

async function resolveBySystem(hostname: string): Promise<readonly string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}

function fail(hostname: string, cause: unknown): never {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  throw new AskError('TypeError', `fetch failed: the name ${hostname} could not be looked up (${code}).`, cause);
}
