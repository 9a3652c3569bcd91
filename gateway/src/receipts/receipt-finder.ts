/**
 * Finds the receipt of an invocation in what nodes and gateways have stored lately, then in the copies of it. Batches are kept by
 * time: those from the begin of the call on are read until both halves are there.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { readPage } from '@sovfn/bus';
import {
  findInBatch,
  type GatewayHalf,
  invocationTime,
  type NodeHalf,
  PROTOCOL_VERSION,
  type Receipt,
  receiptStream,
  SovfnError,
  zoneReceiptsSubject,
} from '@sovfn/protocol';
import type { ProofArchive } from '../archive/proof-archive.ts';

/** Clocks may differ by so much. Milliseconds. */
const CLOCK_MS = 5_000;
/** Half a megabyte each, at the most. */
const BATCHES_AT_ONCE = 16;

/** After the begin of a call its halves are archived within so much time, if they ever are. Milliseconds. */
const MOST_LATER_MS = 7_200_000;

export interface ReceiptPlaces {
  readonly connection: NatsConnection;
  readonly zones: readonly string[];
  /** Null: there are no copies. */
  readonly proofs: ProofArchive | null;
}

/** Throws SovfnError `receipt-not-found`, `bus-unavailable`, `store-unavailable`. */
export async function findReceipt(
  { connection, zones, proofs }: ReceiptPlaces,
  { tenant, invocation }: { readonly tenant: string; readonly invocation: string },
): Promise<Receipt> {
  const begin = invocationTime(invocation) - CLOCK_MS;
  for (const zone of zones) {
    const halves = new Halves(tenant, invocation);
    await halves.lookIn(storedBatches(connection, zone, begin));
    if (!halves.isWhole && proofs !== null) await halves.lookIn(archivedBatches(proofs, zone, begin));
    const { gateway, node } = halves;
    if (gateway !== null) return { v: PROTOCOL_VERSION, type: 'sovfn-receipt', gateway, node };
  }
  throw new SovfnError('receipt-not-found', `there is no receipt of the invocation "${invocation}"`, {
    hint: 'Receipts are signed within a fifth of a second after a call has ended, and kept for some time: see docs/receipts.md.',
  });
}

/** What node and gateway have signed about one call, as far as it is found. */
class Halves {
  readonly #tenant: string;
  readonly #invocation: string;
  gateway: GatewayHalf | null = null;
  node: NodeHalf | null = null;

  constructor(tenant: string, invocation: string) {
    this.#tenant = tenant;
    this.#invocation = invocation;
  }

  get isWhole(): boolean {
    return this.gateway !== null && (this.node !== null || this.gateway.call.node === null);
  }

  /** Reads until both are there. */
  async lookIn(batches: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const data of batches) {
      const half = readHalf(data, this.#tenant, this.#invocation);
      if (half?.context.role === 'node') this.node ??= half as NodeHalf;
      if (half?.context.role === 'gateway') this.gateway ??= half as GatewayHalf;
      if (this.isWhole) return;
    }
  }
}

async function* storedBatches(connection: NatsConnection, zone: string, begin: number): AsyncGenerator<Uint8Array> {
  let from: number | Date = new Date(begin);
  for (;;) {
    const options = { from, most: BATCHES_AT_ONCE };
    const page = await readPage(connection, receiptStream(zone), zoneReceiptsSubject(zone), options);
    for (const { data } of page) yield data;
    if (page.length < BATCHES_AT_ONCE) return;
    from = page.at(-1)!.sequence + 1;
  }
}

async function* archivedBatches(proofs: ProofArchive, zone: string, begin: number): AsyncGenerator<Uint8Array> {
  for await (const { data, storedAt } of proofs.receipts(zone, new Date(begin))) {
    if (storedAt > begin + MOST_LATER_MS) return;
    yield data;
  }
}

/** A batch that is damaged has nothing to say; the receipts that others hold are not affected. */
function readHalf(data: Uint8Array, tenant: string, invocation: string): NodeHalf | GatewayHalf | null {
  try {
    return findInBatch(data, tenant, invocation);
  } catch {
    return null;
  }
}
