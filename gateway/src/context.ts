import type { NatsConnection } from '@nats-io/transport-node';
import type { Enrolments, FunctionRegistry, NodeRegistry, SignerLists, StorageRoom } from '@sovfn/bus';
import type { DataKeySource } from '@sovfn/bus/encryption';
import type { Labels } from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import type { Logins } from './access/oidc/logins.ts';
import type { SupportConsent } from './access/support-consent.ts';
import type { StorageCounter } from './access/storage-counter.ts';
import type { TenantData } from './access/tenant-data.ts';
import type { TenantErasure } from './access/tenant-erasure.ts';
import type { TenantQuotas } from './access/tenant-quotas.ts';
import type { TenantRegistry } from './access/tenant-registry.ts';
import type { TokenRegistry } from './access/token-registry.ts';
import type { Proofs } from './archive/open-proofs.ts';
import type { AuditTrail } from './audit/audit-trail.ts';
import type { CallClient } from './calls/call-client.ts';
import type { LogArchive } from './control/logs/log-archive.ts';
import type { GatewayConfig } from './config.ts';
import type { EventAcceptor } from './events/accept/event-acceptor.ts';
import type { DispatchRecords } from './events/dispatch/dispatch-records.ts';
import type { EventStops } from './events/dispatch/event-stops.ts';
import type { EventAddresses } from './events/async/event-address.ts';
import type { EventTools } from './events/event-tools.ts';
import type { Callbacks } from './events/callbacks/callbacks.ts';
import type { Log } from './logger.ts';
import type { GatewayMetrics } from './metrics/gateway-metrics.ts';
import type { OutputWriter } from './outputs/index.ts';
import type { DeployedFunctions } from './routes/deployed-functions.ts';
import type { Schedules } from './schedules/open-schedules.ts';
import type { SecretStore } from './secrets/secret-store.ts';
import type { WebhookReceiver } from './webhooks/webhook-receiver.ts';

/** What a gateway is made of: both its apps, the public one and the control API, get this and nothing else. */
export interface GatewayContext {
  readonly config: GatewayConfig;
  /** What the platform has signed about this gateway. */
  readonly labels: Labels;
  readonly log: Log;
  /** For everything but calls. */
  readonly connection: NatsConnection;
  readonly registry: FunctionRegistry;
  readonly nodes: NodeRegistry;
  readonly audit: AuditTrail;
  readonly tokens: TokenRegistry;
  /** With tokens of other issuers. */
  readonly logins: Logins;
  readonly tenants: TenantRegistry;
  readonly quotas: TenantQuotas;
  readonly erasure: TenantErasure;
  readonly tenantData: TenantData;
  readonly support: SupportConsent;
  /** Nodes that run on other hosts. */
  readonly enrolments: Enrolments;
  /** Developers who sign versions, of each tenant. */
  readonly signerLists: SignerLists;
  /** Which tenants may store more. */
  readonly storageRoom: StorageRoom;
  readonly storageCounter: StorageCounter;
  readonly store: ObjectStore;
  readonly keys: DataKeySource;
  readonly outputs: OutputWriter;
  /** Null: logs are on the bus only. */
  readonly logArchive: LogArchive | null;
  /** Null: receipts and the audit log are on the bus only. */
  readonly proofs: Proofs | null;
  readonly secrets: SecretStore;
  readonly webhooks: WebhookReceiver;
  readonly calls: CallClient;
  readonly acceptor: EventAcceptor;
  /** Which functions have events, and which are paused. */
  readonly dispatch: DispatchRecords;
  /** Cancels events. */
  readonly eventStops: EventStops;
  readonly schedules: Schedules;
  readonly addresses: EventAddresses;
  readonly eventTools: EventTools;
  readonly callbacks: Callbacks;
  readonly metrics: GatewayMetrics;
  /** The registry's functions, ready to be called, with their addresses and routes. */
  readonly functions: DeployedFunctions;
  readonly newInvocation: () => string;
  /** `http://host:port` of the public port, known once it listens. */
  readonly publicUrl: string;
}
