/**
 * Ports of the loopback address for servers that are about to start. Guarantees: nobody listened on one when it was claimed,
 * and as long as the claim is held it is claimed by nobody else of this process, and on Linux of this network namespace.
 * Not guaranteed: that a program which does not claim leaves it alone.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** Below the ports that Linux hands to outgoing connections (32768 and up), which would else take one meanwhile. */
const FIRST = 15_000;
const COUNT = 17_000;
const MAX_TRIES = 1_000;

/** A port that nobody else claims until it is disposed of. */
export interface PortClaim extends Disposable {
  readonly port: number;
}

const claimed = new Set<number>();

/** Null: somebody listens on it, or is about to. */
export async function claimPort(port: number): Promise<PortClaim | null> {
  if (claimed.has(port)) return null;
  claimed.add(port);
  const name = (await isPortFree(port)) ? await bindName(port) : null;
  if (name === null) {
    claimed.delete(port);
    return null;
  }
  const release = (): void => {
    name[Symbol.dispose]();
    claimed.delete(port);
  };
  return { port, [Symbol.dispose]: release };
}

export async function claimFreePort(): Promise<PortClaim> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const claim = await claimPort(FIRST + Math.floor(Math.random() * COUNT));
    if (claim !== null) return claim;
  }
  throw new Error(`no free port between ${FIRST} and ${FIRST + COUNT} in ${MAX_TRIES} tries`);
}

export async function isPortFree(port: number): Promise<boolean> {
  const server = await listen({ port, host: LOOPBACK, exclusive: true });
  if (server === null) return false;
  server.close();
  await once(server, 'close');
  return true;
}

/**
 * In Linux's abstract namespace of sockets: whoever binds a name first has it, and the kernel frees it with the process.
 * Elsewhere there is none, and a claim holds in this process only.
 */
async function bindName(port: number): Promise<Disposable | null> {
  if (process.platform !== 'linux') return { [Symbol.dispose]: () => undefined };
  const server = await listen({ path: `\0sovfn-port-${port}` });
  server?.unref();
  return server && { [Symbol.dispose]: () => void server.close() };
}

/** Null when somebody else has the address, or it is kept for another user. */
async function listen(
  address: { port: number; host: string; exclusive: true } | { path: string },
): Promise<Server | null> {
  const server = createServer().listen(address);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' || code === 'EACCES') return null;
    throw error;
  }
}
