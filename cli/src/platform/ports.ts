import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { SovfnError } from '@sovfn/protocol';
import { z } from 'zod';
import type { DataFolder } from './data-folder.ts';
import { writeFileWhole } from './files.ts';

export const LOOPBACK = '127.0.0.1';

const portSchema = z.int().min(1).max(65_535);
export const portsSchema = z.strictObject({
  public: portSchema,
  control: portSchema,
  /** Platforms of before it had a listener of its own did not note it. */
  operator: portSchema.default(8082),
  bus: portSchema,
  store: portSchema,
  monitor: portSchema,
});
export type Ports = z.output<typeof portsSchema>;
export type PortName = keyof Ports;

export const DEFAULT_PORTS: Ports = {
  public: 8080,
  control: 8081,
  operator: 8082,
  bus: 4222,
  store: 9000,
  monitor: 8222,
};

export interface PortMove {
  readonly name: PortName;
  readonly from: number;
  readonly to: number;
}

/**
 * Ports for a start: those asked for, else those of the last start, else the defaults; a free one for each that is taken.
 * Another process can still take one before its part listens; that part then fails and says so.
 * @throws SovfnError `port-taken` for a port that was asked for
 */
export async function choosePorts(
  folder: DataFolder,
  wanted: Partial<Ports>,
): Promise<{ ports: Ports; moves: readonly PortMove[] }> {
  const remembered = await readRememberedPorts(folder);
  const ports: Ports = { ...DEFAULT_PORTS };
  const moves: PortMove[] = [];
  // The sockets stay open until all are chosen, so that no free port is chosen twice.
  const held: Server[] = [];
  try {
    for (const name of Object.keys(DEFAULT_PORTS) as PortName[]) {
      const from = wanted[name] ?? remembered[name] ?? DEFAULT_PORTS[name];
      const server = (await tryListen(from)) ?? (name in wanted ? null : await tryListen(0));
      if (server === null) throw portTaken(name, from);
      held.push(server);
      const to = (server.address() as AddressInfo).port;
      if (to !== from) moves.push({ name, from, to });
      ports[name] = to;
    }
  } finally {
    await Promise.all(held.map(closeServer));
  }
  await writeFileWhole(portsFile(folder), JSON.stringify(ports));
  return { ports, moves };
}

export async function isPortFree(port: number): Promise<boolean> {
  const server = await tryListen(port);
  if (server !== null) await closeServer(server);
  return server !== null;
}

async function readRememberedPorts(folder: DataFolder): Promise<Partial<Ports>> {
  try {
    return portsSchema.parse(JSON.parse(await readFile(portsFile(folder), 'utf8')));
  } catch {
    // No start before this one, or a damaged note of it: nothing is lost but the numbers.
    return {};
  }
}

function portsFile(folder: DataFolder): string {
  return join(folder.run, 'ports.json');
}

async function tryListen(port: number): Promise<Server | null> {
  const server = createServer();
  try {
    server.listen({ host: LOOPBACK, port, exclusive: true });
    await once(server, 'listening');
    return server;
  } catch {
    // Taken, or reserved for another user.
    return null;
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  await closed;
}

function portTaken(name: PortName, port: number): SovfnError {
  return new SovfnError('port-taken', `port ${port} on ${LOOPBACK}, asked for as the ${name} port, is taken`, {
    hint: 'End what listens there, name another port, or name none to get a free one.',
    facts: { port },
  });
}
