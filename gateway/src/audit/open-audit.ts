import { join } from 'node:path';
import type { NatsConnection } from '@nats-io/transport-node';
import { AuditLog, type NodeRegistry } from '@sovfn/bus';
import { auditCopyName, auditSpoolName } from '@sovfn/protocol';
import type { GatewayConfig, GatewaySecrets } from '../config.ts';
import type { Log } from '../logger.ts';
import { AuditSpool } from './audit-spool.ts';
import { AuditTrail } from './audit-trail.ts';
import { CheckpointFile } from './checkpoint-file.ts';
import { noteNodes } from './node-changes.ts';

export interface AuditOptions {
  readonly connection: NatsConnection;
  readonly config: GatewayConfig;
  readonly secrets: GatewaySecrets;
  readonly nodes: NodeRegistry;
  readonly log: Log;
  readonly parts: AsyncDisposableStack;
}

/** Starts without the log, if it must: then administration is refused and calls go on. */
export async function openAudit(options: AuditOptions): Promise<AuditTrail> {
  const { connection, config, secrets, nodes, log, parts } = options;
  const file = new CheckpointFile(join(config.dataDir, auditCopyName(config.id)));
  const copy = parts.adopt(file, (open) => open.close());
  const { replicas } = config.bus;
  const audit = new AuditLog({ connection, identity: secrets.identity, home: config.zones[0], replicas, copy });
  const spool = new AuditSpool(join(config.dataDir, auditSpoolName(config.id)));
  const trail = parts.adopt(await AuditTrail.open({ audit, spool, log }), (open) => open.close());
  parts.defer(noteNodes(nodes, trail));
  return trail;
}
