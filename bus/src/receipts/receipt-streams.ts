/**
 * The streams of receipts, one for each zone: what nodes and gateways have signed lately. The oldest goes first. It holds
 * nothing that was accepted: a call does not wait for it.
 */
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { RECEIPT_DAYS_ON_BUS, receiptStream, zoneReceiptsSubject } from '@sovfn/protocol';
import { createBoundedStreams } from '../registry/bounded-streams.ts';
import type { Replicas } from '../registry/replicas.ts';

/**
 * Makes the streams where they do not exist yet. For the gateway. Resolves with the zones for which there is no room: calls
 * there have no receipts.
 */
export function createReceiptStreams(
  connection: NatsConnection,
  zones: readonly string[],
  replicas: Replicas,
): Promise<string[]> {
  return createBoundedStreams(connection, zones, (zone) => ({
    name: receiptStream(zone),
    subjects: [zoneReceiptsSubject(zone)],
    max_age: nanos(RECEIPT_DAYS_ON_BUS * 86_400_000),
    num_replicas: replicas,
  }));
}
