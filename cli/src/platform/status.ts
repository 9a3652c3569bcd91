import { type PlatformStatus, statusSchema } from '@sovfn/protocol';
import { isRunning } from '../processes/identity.ts';
import { type CurrentPlatform, type Environment, readCurrentPlatform } from './current.ts';
import { dataFolder } from './data-folder.ts';
import { isFurtherGateway, type PartName } from './layout.ts';
import { isPartRunning, type PartRecord, type PlatformRecord, readRecord } from './record.ts';

const ASK_MS = 5_000;

export interface LocalProcess {
  readonly part: PartName;
  readonly pid: number;
  readonly isRunning: boolean;
}

export interface LocalGateway extends LocalProcess {
  /** Address of its control API. */
  readonly control: string;
}

export interface LocalStatus {
  readonly data: string;
  readonly publicUrl: string;
  /** `killed`: `sovfn up` has ended without stopping its parts. */
  readonly state: 'up' | 'starting' | 'killed' | 'down';
  /** The processes on this machine. */
  readonly processes: readonly LocalProcess[];
  /** What the control API says; null when it does not answer. */
  readonly status: PlatformStatus | null;
  /** Why the control API's word is missing. */
  readonly problem: string | null;
}

/** The current platform as seen from this machine; null when none is recorded. */
export async function platformStatus(environment: Environment = process.env): Promise<LocalStatus | null> {
  const current = await readCurrentPlatform(environment);
  if (current === null) return null;
  const record = readRecord(dataFolder(current.data));
  const parts = record?.parts ?? [];
  return {
    data: current.data,
    publicUrl: current.publicUrl,
    state: stateOf(record),
    processes: parts.map(processOf),
    ...(await askControl(current)),
  };
}

/** Gateways of the current platform beside the first, when it runs on this machine. */
export async function furtherGateways(environment: Environment = process.env): Promise<LocalGateway[]> {
  const current = environment.SOVFN_URL ? null : await readCurrentPlatform(environment);
  const record = current === null ? null : readRecord(dataFolder(current.data));
  const started = (record?.parts ?? []).filter(({ name }) => isFurtherGateway(name));
  return (record?.furtherGateways ?? []).flatMap(({ part, control }) => {
    const found = started.find(({ name }) => name === part);
    return found === undefined ? [] : { ...processOf(found), control };
  });
}

function processOf(part: PartRecord): LocalProcess {
  return { part: part.name, pid: part.process.pid, isRunning: isPartRunning(part) };
}

function stateOf(record: PlatformRecord | null): LocalStatus['state'] {
  if (record === null) return 'down';
  if (!isRunning(record.up)) return 'killed';
  return record.readyAt === null ? 'starting' : 'up';
}

async function askControl(current: CurrentPlatform): Promise<Pick<LocalStatus, 'status' | 'problem'>> {
  try {
    const response = await fetch(`${current.url}/v1/status`, {
      headers: { authorization: `Bearer ${current.token}` },
      signal: AbortSignal.timeout(ASK_MS),
    });
    if (!response.ok) return { status: null, problem: `${current.url}/v1/status answered ${response.status}` };
    return { status: statusSchema.parse(await response.json()), problem: null };
  } catch (error) {
    return { status: null, problem: `${current.url} does not answer: ${(error as Error).message}` };
  }
}
