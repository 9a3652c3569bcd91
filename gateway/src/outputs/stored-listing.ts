import { isSovfnError, type OutputMeta } from '@sovfn/protocol';
import { newestStored } from './newest-stored.ts';
import type { FunctionName } from './output-address.ts';
import type { StoredOutputs } from './stored-outputs.ts';

export interface StoredPage {
  /** Newest first. */
  readonly outputs: readonly OutputMeta[];
  /** Invocations whose description is damaged. */
  readonly damaged: readonly string[];
}

const READ_AT_ONCE = 16;

/** The newest stored outputs of a function, at most `limit`; those older than `before` when it is given. */
export async function listStored(
  stored: StoredOutputs,
  of: FunctionName,
  range: { readonly limit: number; readonly before: string | null },
): Promise<StoredPage> {
  const outputs: OutputMeta[] = [];
  const damaged: string[] = [];
  for await (const batch of batches(newestStored(stored.folder(of), range.before), READ_AT_ONCE)) {
    const metas = await Promise.all(batch.map(async (invocation) => readOrDamaged(stored, { ...of, invocation })));
    metas.forEach((meta, index) => {
      if (meta === 'damaged') damaged.push(batch[index]!);
      else if (meta !== null) outputs.push(meta);
    });
    if (outputs.length >= range.limit) break;
  }
  return { outputs: outputs.slice(0, range.limit), damaged };
}

/** One damaged output must not hide the others. Null: its body is there, but it is not complete yet. */
async function readOrDamaged(stored: StoredOutputs, address: Parameters<StoredOutputs['readMeta']>[0]) {
  try {
    return await stored.readMeta(address);
  } catch (error) {
    if (isSovfnError(error) && error.code === 'output-corrupted') return 'damaged';
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
