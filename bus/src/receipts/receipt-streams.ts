/**
 * The streams of receipts, one for each zone: what nodes and gateways have signed lately, until it is in the object store's
 * archive, and for a while after. The oldest goes first. It holds nothing that was accepted: a call does not wait for it.
 */
import { type JetStreamManager, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { RECEIPT_DAYS_ON_BUS, receiptStream, zoneReceiptsSubject } from '@sovfn/protocol';
import { addWhatFits } from '../registry/add-what-fits.ts';
import type { Replicas } from '../registry/replicas.ts';

/**
 * Makes the streams where they do not exist yet. For the gateway. Resolves with the zones for which there is no room: calls
 * there have no receipts.
 */
export async function createReceiptStreams(
  connection: NatsConnection,
  zones: readonly string[],
  replicas: Replicas,
): Promise<string[]> {
  const { streams } = await jetstreamManager(connection);
  const without: string[] = [];
  for (const zone of zones)
    if (!(await addWhatFits((bytes) => add(streams, { zone, bytes, replicas })))) without.push(zone);
  return without;
}

async function add(
  streams: JetStreamManager['streams'],
  { zone, bytes, replicas }: { readonly zone: string; readonly bytes: number; readonly replicas: Replicas },
): Promise<void> {
  await streams.add({
    name: receiptStream(zone),
    subjects: [zoneReceiptsSubject(zone)],
    storage: StorageType.File,
    max_bytes: bytes,
    max_age: nanos(RECEIPT_DAYS_ON_BUS * 86_400_000),
    num_replicas: replicas,
    allow_direct: true,
  });
}
