import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SovfnError } from '@sovfn/protocol';
import { z } from 'zod';
import { claimFreePort, claimPort, isPortFree, LOOPBACK } from '../servers/free-port.ts';
import type { DataFolder } from './data-folder.ts';
import { writeFileWhole } from './files.ts';

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

/** Asks for a free one, another one at each start. */
const ANY_PORT = 0;

export interface PortMove {
  readonly name: PortName;
  readonly from: number;
  readonly to: number;
}

export interface ChosenPorts {
  readonly ports: Ports;
  readonly moves: readonly PortMove[];
  /** To be held as long as the platform is there: another platform of this machine that starts meanwhile takes none of them. */
  readonly claims: DisposableStack;
}

/**
 * Ports for a start: those asked for, else those of the last start, else the defaults; a free one for each that is taken.
 * A program that is no platform can still take one before its part listens; that part then fails and says so.
 * @throws SovfnError `port-taken` for a port that was asked for
 */
export async function choosePorts(folder: DataFolder, wanted: Partial<Ports>): Promise<ChosenPorts> {
  const remembered = await readRememberedPorts(folder);
  const names = Object.keys(DEFAULT_PORTS) as PortName[];
  const ports: Ports = { ...DEFAULT_PORTS };
  const moves: PortMove[] = [];
  using claims = new DisposableStack();
  const asked = new Set<number>();
  for (const name of names.filter((one) => wanted[one] !== undefined)) {
    const port = wanted[name]!;
    // Whoever asks for it may have claimed it: what counts is that nobody listens.
    const claim = port === ANY_PORT ? await claimFreePort() : await claimPort(port);
    if (claim !== null) claims.use(claim);
    else if (asked.has(port) || !(await isPortFree(port))) throw portTaken(name, port);
    asked.add(port);
    ports[name] = claim?.port ?? port;
  }
  for (const name of names.filter((one) => wanted[one] === undefined)) {
    const from = remembered[name] ?? DEFAULT_PORTS[name];
    const { port: to } = claims.use((await claimPort(from)) ?? (await claimFreePort()));
    if (to !== from) moves.push({ name, from, to });
    ports[name] = to;
  }
  await writeFileWhole(portsFile(folder), JSON.stringify(ports));
  return { ports, moves, claims: claims.move() };
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

function portTaken(name: PortName, port: number): SovfnError {
  return new SovfnError('port-taken', `port ${port} on ${LOOPBACK}, asked for as the ${name} port, is taken`, {
    hint: 'End what listens there, name another port, or name none to get a free one.',
    facts: { port },
  });
}
