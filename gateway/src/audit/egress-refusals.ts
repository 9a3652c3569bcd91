/**
 * Counts in the audit log what functions were refused of the outside. Nodes write it into the ledgers of their zones; of all
 * gateways one takes each batch.
 */
import { AckPolicy, type ConsumerMessages, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  auditText,
  type EgressBatch,
  egressBatchSchema,
  egressStream,
  tenantOfEgressSubject,
  jsonOrNull,
} from '@sovfn/protocol';
import { ensureConsumer } from '../events/dispatch/durable-consumer.ts';
import type { Log } from '../logger.ts';
import type { AuditTrail } from './audit-trail.ts';
import { logEgressUnseen } from './events.ts';

export interface EgressRefusalsOptions {
  readonly connection: NatsConnection;
  /** Those that have a ledger. */
  readonly zones: readonly string[];
  readonly audit: Pick<AuditTrail, 'count'>;
  readonly log: Log;
}

/** From now on; what was refused before there was an audit log is in the ledger. */
const CONSUMER = { durable_name: 'audit', ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.New } as const;

/** Returns the function that ends it. */
export async function noteEgressRefusals(options: EgressRefusalsOptions): Promise<() => Promise<void>> {
  const { connection, zones, log } = options;
  const place = { manager: await jetstreamManager(connection), stream: jetstream(connection) };
  const open: ConsumerMessages[] = [];
  for (const zone of zones) {
    try {
      const consumer = await ensureConsumer({ ...place, of: egressStream(zone) }, CONSUMER);
      const messages = await consumer.consume({ max_messages: 32 });
      open.push(messages);
      void follow(messages, options);
    } catch (error) {
      logEgressUnseen(log, zone, error);
    }
  }
  return async () => void (await Promise.all(open.map(async (messages) => messages.close())));
}

async function follow(messages: ConsumerMessages, { audit }: EgressRefusalsOptions): Promise<void> {
  for await (const message of messages) {
    const tenant = tenantOfEgressSubject(message.subject);
    const parsed = egressBatchSchema.safeParse(jsonOrNull(message.string()));
    if (tenant !== null && parsed.success) countRefused(audit, tenant, parsed.data);
    message.ack();
  }
}

function countRefused(audit: Pick<AuditTrail, 'count'>, tenant: string, batch: EgressBatch): void {
  for (const { outcome, origin } of batch.entries) {
    if (outcome !== 'refused') continue;
    audit.count({ action: 'egressRefused', tenant, function: batch.function, details: { origin: auditText(origin) } });
  }
}
