/**
 * Ports for servers that a test is about to start. Guarantees: nobody listened on one when it was given, it is not given
 * again while this process lives, and on Linux not to another process of this network namespace either. Not guaranteed:
 * that a program which asks for the same port by number leaves it alone.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below the ports that Linux hands to outgoing connections (32768 and up), which would else take one meanwhile. */
const FIRST = 15_000;
const COUNT = 17_000;
const MAX_TRIES = 1_000;

const claimed = new Set<number>();

export async function freePort(): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    if (!claimed.has(port) && (await isFree(port)) && (await claim(port))) return port;
  }
  throw new Error(`no free port between ${FIRST} and ${FIRST + COUNT} in ${MAX_TRIES} tries`);
}

/** Different ones. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen({ port, host: '127.0.0.1' });
  if (!server) return false;
  server.close();
  await once(server, 'close');
  return true;
}

/** A name in Linux's abstract namespace of sockets: whoever binds it first has it, and the kernel frees it with the process. */
async function claim(port: number): Promise<boolean> {
  if (process.platform === 'linux') {
    const server = await listen({ path: `\0sovfn-test-port-${port}` });
    if (!server) return false;
    server.unref();
  }
  claimed.add(port);
  return true;
}

/** Nothing when somebody else has the address. */
async function listen(address: { port: number; host: string } | { path: string }): Promise<Server | undefined> {
  const server = createServer().listen(address);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
}
