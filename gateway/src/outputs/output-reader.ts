import type { DataKeySource } from '@sovfn/bus/encryption';
import { isInvocationId, isSovfnError, type OutputMeta, SovfnError } from '@sovfn/protocol';
import { isBucketMissing } from './descriptions.ts';
import type { FunctionName, OutputAddress } from './output-address.ts';
import type { SpilledOutput } from './spill/end-message.ts';
import type { SpillStream } from './spill/spill-stream.ts';
import { openedBody, openedMeta } from './sealed-output.ts';
import { assertProved, provedBody, spilledBody } from './spilled-body.ts';
import { type ListedOutputs, listPending, listStored, newestFirst, type OutputRange } from './output-listing.ts';
import type { StoredOutputs } from './stored-outputs.ts';

/** `stored`: in the object store. `pending`: kept on the bus until the store takes it. */
export interface KeptOutput {
  readonly meta: OutputMeta;
  readonly state: 'stored' | 'pending';
}

export interface OutputPage {
  /** Newest first. */
  readonly outputs: readonly KeptOutput[];
  /** Invocations whose description is damaged. */
  readonly damaged: readonly string[];
  /** False: the object store does not answer, and only pending outputs are shown. */
  readonly isComplete: boolean;
}

export interface OutputContent extends KeptOutput {
  /** Read once, or not at all. */
  readonly body: AsyncGenerator<Buffer>;
}

/** Finds outputs wherever they are: in the object store, or still in the spill streams. */
export class OutputReader {
  readonly #stored: StoredOutputs;
  readonly #spills: readonly SpillStream[];
  readonly #keys: DataKeySource;

  constructor(stored: StoredOutputs, spills: readonly SpillStream[], keys: DataKeySource) {
    this.#stored = stored;
    this.#spills = spills;
    this.#keys = keys;
  }

  /** The newest outputs of a function. Throws `bad-request` when `before` is no invocation id. */
  async list(of: FunctionName, range: OutputRange): Promise<OutputPage> {
    if (range.before !== undefined) assertInvocationId(range.before);
    // Pending ones first: an output that moves meanwhile is then seen twice, not missed.
    const pending = await this.#listPending(of, range);
    const stored = await this.#listStored(of, range);
    const states = new Map<string, KeptOutput>();
    for (const meta of pending.outputs) states.set(meta.invocation, { meta, state: 'pending' });
    for (const meta of stored?.outputs ?? []) states.set(meta.invocation, { meta, state: 'stored' });
    const outputs = [...states.values()].toSorted((a, b) => newestFirst(a.meta.invocation, b.meta.invocation));
    return {
      outputs: outputs.slice(0, range.limit),
      damaged: [...pending.damaged, ...(stored?.damaged ?? [])],
      isComplete: stored !== null,
    };
  }

  /** Throws `output-not-found`, `output-corrupted` (its description is damaged), `key-`, `store-` or `bus-unavailable`. */
  async get(address: OutputAddress): Promise<OutputContent> {
    assertInvocationId(address.invocation);
    // In the direction in which outputs move, so that one that moves meanwhile is found.
    for (const spill of this.#spills) {
      const output = await spill.readEnd(address);
      if (output !== null) return this.#opened(output.meta, 'pending', this.#movingBody(spill, output));
    }
    const meta = await this.#stored.readMeta(address);
    if (meta !== null) return this.#opened(meta, 'stored', this.#stored.readBody(meta));
    throw new SovfnError('output-not-found', `"${address.function}" has no output ${address.invocation}`, {
      hint: 'Outputs of calls are kept when sovfn.jsonc says "outputs": "all".',
    });
  }

  /** Reads the body again. Throws `output-corrupted`, with both hashes and sizes, unless it is what the call left. */
  async verify(address: OutputAddress): Promise<KeptOutput> {
    const { meta, state, body } = await this.get(address);
    await assertProved(provedBody(body, meta, meta));
    return { meta, state };
  }

  async #opened(meta: OutputMeta, state: KeptOutput['state'], stored: AsyncIterable<Buffer>): Promise<OutputContent> {
    return { meta: await openedMeta(this.#keys, meta), state, body: openedBody(this.#keys, meta, stored) };
  }

  async #listPending(of: FunctionName, range: OutputRange): Promise<ListedOutputs> {
    const pages = await Promise.all(this.#spills.map(async (spill) => listPending(spill, of, range)));
    return { outputs: pages.flatMap((page) => page.outputs), damaged: pages.flatMap((page) => page.damaged) };
  }

  /** Null when the store does not answer. */
  async #listStored(of: FunctionName, range: OutputRange): Promise<ListedOutputs | null> {
    try {
      return await listStored(this.#stored, of, range);
    } catch (error) {
      if (isBucketMissing(error)) return { outputs: [], damaged: [] };
      if (isSovfnError(error) && error.code === 'store-unavailable') return null;
      throw error;
    }
  }

  /** Goes on in the object store, at the same byte, when the output is moved while it is read. */
  async *#movingBody(spill: SpillStream, output: SpilledOutput): AsyncGenerator<Buffer> {
    let offset = 0;
    try {
      for await (const piece of spilledBody(spill, output)) {
        offset += piece.length;
        yield piece;
      }
    } catch (error) {
      if (!isSovfnError(error) || error.code !== 'output-corrupted') throw error;
      yield* this.#stored.readBody(output.meta, offset);
    }
  }
}

function assertInvocationId(text: string): void {
  if (isInvocationId(text)) return;
  throw new SovfnError('bad-request', `${JSON.stringify(text.slice(0, 64))} is not an invocation id`, {
    hint: 'Ids have 26 characters; every answer carries its own in the header sovfn-invocation.',
  });
}
