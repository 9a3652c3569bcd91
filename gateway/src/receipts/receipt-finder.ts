/**
 * Finds the receipt of an invocation in what nodes and gateways have stored lately. Batches are kept by time: those from the
 * begin of the call on are read until both halves are there.
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

/** Clocks may differ by so much. Milliseconds. */
const CLOCK_MS = 5_000;
/** Half a megabyte each, at the most. */
const BATCHES_AT_ONCE = 16;

/** Throws SovfnError `receipt-not-found` or `bus-unavailable`. */
export async function findReceipt(
  connection: NatsConnection,
  zones: readonly string[],
  { tenant, invocation }: { readonly tenant: string; readonly invocation: string },
): Promise<Receipt> {
  for (const zone of zones) {
    const { gateway, node } = await findHalves(connection, zone, tenant, invocation);
    if (gateway !== null) return { v: PROTOCOL_VERSION, type: 'sovfn-receipt', gateway, node };
  }
  throw new SovfnError('receipt-not-found', `there is no receipt of the invocation "${invocation}"`, {
    hint: 'Receipts are signed within a fifth of a second after a call has ended, and kept for some days: see docs/receipts.md.',
  });
}

interface Halves {
  gateway: GatewayHalf | null;
  node: NodeHalf | null;
}

async function findHalves(
  connection: NatsConnection,
  zone: string,
  tenant: string,
  invocation: string,
): Promise<Halves> {
  const found: Halves = { gateway: null, node: null };
  let from: number | Date = new Date(invocationTime(invocation) - CLOCK_MS);
  for (;;) {
    const options = { from, most: BATCHES_AT_ONCE };
    const page = await readPage(connection, receiptStream(zone), zoneReceiptsSubject(zone), options);
    for (const { data } of page) {
      const half = readHalf(data, tenant, invocation);
      if (half?.context.role === 'node') found.node ??= half as NodeHalf;
      if (half?.context.role === 'gateway') found.gateway ??= half as GatewayHalf;
    }
    const isWhole = found.gateway !== null && (found.node !== null || found.gateway.call.node === null);
    if (isWhole || page.length < BATCHES_AT_ONCE) return found;
    from = page.at(-1)!.sequence + 1;
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
