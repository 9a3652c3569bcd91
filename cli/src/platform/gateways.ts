/**
 * The processes of the gateway under `up`: how many, and where each has its control API. All listen on the public port, and
 * the kernel gives each new connection to one of them. Each is a whole gateway with a credential, an identity and a log of
 * its own; only the first has the operator's listener.
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { SovfnError } from '@sovfn/protocol';
import { z } from 'zod';
import { claimFreePort, claimPort, LOOPBACK } from '../servers/free-port.ts';
import type { DataFolder } from './data-folder.ts';
import { writeFileWhole } from './files.ts';
import { type FurtherGateway, gatewayPart } from './layout.ts';

export const MOST_GATEWAYS = 32;
/** NATS, cells and the node need most of the others for what one gateway sends them. */
const CORES_PER_GATEWAY = 4;
const MOST_BY_DEFAULT = 8;

export interface FurtherGatewayPort {
  readonly ordinal: number;
  readonly part: FurtherGateway;
  /** Of its control API. */
  readonly control: number;
}

/** `wanted`: null for what the cores are for. Throws SovfnError `config-invalid` where a port cannot be shared. */
export function countGateways(
  wanted: number | null,
  cores = availableParallelism(),
  system = process.platform,
): number {
  const canShare = system === 'linux';
  if (wanted === null)
    return canShare ? Math.min(Math.max(1, Math.floor(cores / CORES_PER_GATEWAY)), MOST_BY_DEFAULT) : 1;
  if (wanted === 1 || canShare) return wanted;
  throw new SovfnError('config-invalid', `${wanted} gateways cannot share a port on ${system}: that takes Linux`, {
    hint: 'Start with `--gateways 1`.',
  });
}

/** Of all but the first. The ports are those of the last start where nobody has taken them, so that scrapers keep their addresses. */
export async function chooseGatewayPorts(
  folder: DataFolder,
  count: number,
  claims: DisposableStack,
): Promise<FurtherGatewayPort[]> {
  const remembered = await readRememberedPorts(folder);
  const chosen: FurtherGatewayPort[] = [];
  for (let ordinal = 2; ordinal <= count; ordinal += 1) {
    const before = remembered[ordinal - 2];
    const again = before === undefined ? null : await claimPort(before);
    const { port: control } = claims.use(again ?? (await claimFreePort()));
    chosen.push({ ordinal, part: gatewayPart(ordinal) as FurtherGateway, control });
  }
  // Those of gateways that are not wanted now are kept for when they are wanted again.
  const ports = [...chosen.map(({ control }) => control), ...remembered.slice(chosen.length)];
  await writeFileWhole(portsFile(folder), JSON.stringify(ports));
  return chosen;
}

export const controlUrl = ({ control }: FurtherGatewayPort): string => `http://${LOOPBACK}:${control}`;

const portsSchema = z.array(z.int().min(1).max(65_535));

async function readRememberedPorts(folder: DataFolder): Promise<readonly number[]> {
  try {
    return portsSchema.parse(JSON.parse(await readFile(portsFile(folder), 'utf8')));
  } catch {
    // No start before this one, or a damaged note of it: nothing is lost but the numbers.
    return [];
  }
}

function portsFile(folder: DataFolder): string {
  return join(folder.run, 'gateway-ports.json');
}
