import { isSovfnError, type OutputMeta } from '@sovfn/protocol';
import { newestStored } from './newest-stored.ts';
import type { FunctionName } from './output-address.ts';
import type { SpillStream } from './spill/spill-stream.ts';
import type { StoredOutputs } from './stored-outputs.ts';

export interface OutputRange {
  readonly limit: number;
  /** Only outputs older than this invocation. */
  readonly before?: string;
}

export interface ListedOutputs {
  readonly outputs: readonly OutputMeta[];
  /** Invocations whose description is damaged: one damaged output must not hide the others. */
  readonly damaged: readonly string[];
}

const READ_AT_ONCE = 16;

/** The newest pending outputs of a function in one zone, newest first. */
export async function listPending(spill: SpillStream, of: FunctionName, range: OutputRange): Promise<ListedOutputs> {
  const { limit, before } = range;
  const invocations = (await spill.pendingOf(of)).filter((id) => before === undefined || id < before);
  const newest = invocations.toSorted(newestFirst).slice(0, limit);
  return readAll(newest, async (invocation) => (await spill.readEnd({ ...of, invocation }))?.meta ?? null);
}

/** The newest stored outputs of a function, newest first. */
export async function listStored(stored: StoredOutputs, of: FunctionName, range: OutputRange): Promise<ListedOutputs> {
  const outputs: OutputMeta[] = [];
  const damaged: string[] = [];
  for await (const batch of batches(newestStored(stored.folder(of), range.before ?? null), READ_AT_ONCE)) {
    const read = await readAll(batch, async (invocation) => stored.readMeta({ ...of, invocation }));
    outputs.push(...read.outputs);
    damaged.push(...read.damaged);
    if (outputs.length >= range.limit) break;
  }
  return { outputs: outputs.slice(0, range.limit), damaged };
}

export function newestFirst(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? 1 : -1;
}

/** `read` gives null for an output that was moved meanwhile, or whose body is there and whose description is not yet. */
async function readAll(
  invocations: readonly string[],
  read: (invocation: string) => Promise<OutputMeta | null>,
): Promise<ListedOutputs> {
  const outputs: OutputMeta[] = [];
  const damaged: string[] = [];
  for (const { invocation, meta } of await Promise.all(invocations.map(async (id) => readOrDamaged(id, read)))) {
    if (meta === 'damaged') damaged.push(invocation);
    else if (meta !== null) outputs.push(meta);
  }
  return { outputs, damaged };
}

async function readOrDamaged(invocation: string, read: (invocation: string) => Promise<OutputMeta | null>) {
  try {
    return { invocation, meta: await read(invocation) };
  } catch (error) {
    if (isSovfnError(error) && error.code === 'output-corrupted') return { invocation, meta: 'damaged' as const };
    throw error;
  }
}

async function* batches<T>(source: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of source) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
