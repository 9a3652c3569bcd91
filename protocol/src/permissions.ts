/**
 * Who may publish and subscribe what: the one table from which the users of the NATS servers are made. Allow-lists only;
 * a subscription to a shared subject names its queue group, so nobody can listen beside it.
 */
import {
  allAuditSubject,
  allControlSubject,
  allCredentialsSubject,
  CELL_QUEUE,
  cellInboxSubject,
  controlSubject,
  credentialSubject,
  dataKeysSubject,
  gatewayRepliesSubject,
  nodeUpSubject,
  placementSubject,
  queueRoomSubject,
  receiptsSubject,
  secretsSubject,
  SERVICE_QUEUE,
  serviceSubject,
  SUPERVISOR_QUEUE,
  stopEventSubject,
  tenantCallsSubject,
  tenantLogsSubject,
  tenantRepliesSubject,
  tenantSpansSubject,
  whoSubject,
  zoneCallsSubject,
  zoneCellDownSubject,
  zoneCallbacksSubject,
  zoneCellInboxesSubject,
  zoneCronsSubject,
  zoneDataKeysSubject,
  zoneDeadLettersSubject,
  zoneDelayedCallbacksSubject,
  zoneDelayedQueueSubject,
  zoneEgressSubject,
  zoneEndedEventsSubject,
  zoneEventsSubject,
  zoneLogsSubject,
  zoneMarkersSubject,
  zoneNodeUpSubject,
  zonePlacementsSubject,
  zoneQueueMarkersSubject,
  zoneQueueSubject,
  zoneRecordsSubject,
  zoneRepliesSubject,
  zoneDelayedEventsSubject,
  zoneSecretsSubject,
  zoneSpansSubject,
  zoneSpillSubject,
  zoneTickRecordsSubject,
  zoneWhoSubject,
} from './subjects.ts';
import { STORAGE_BUCKET } from './access/storage.ts';
import { TENANTS_BUCKET } from './access/tenants.ts';
import { TOKENS_BUCKET } from './access/tokens.ts';
import { kvBucket } from './bindings.ts';
import { FUNCTIONS_BUCKET } from './deploy.ts';
import { DATA_KEYS_BUCKET } from './encryption.ts';
import { ENROLMENTS_BUCKET } from './enrolment.ts';
import { DISPATCH_BUCKET } from './events/dispatch.ts';
import { NODES_BUCKET } from './node.ts';
import { SCHEDULE_PAUSES_BUCKET } from './schedules/messages.ts';
import { SECRETS_BUCKET } from './secrets.ts';
import { STREAMS_BUCKET } from './streams.ts';
import { SIGNERS_BUCKET } from './trust/signers.ts';

export interface Permissions {
  readonly publish: readonly string[];
  /** `subject` or `subject queue`. */
  readonly subscribe: readonly string[];
}

/** Inbox of request/reply on the library's connections: one prefix per component, so that nobody reads another's. */
export const inboxPrefix = (component: string): string => `_INBOX_${component}`;

/** JetStream calls that read one KV bucket: its stream's info, direct gets, and ordered consumers for watching. */
function readBucket(bucket: string): string[] {
  const stream = `KV_${bucket}`;
  return [
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.>`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}.>`,
    `$JS.API.CONSUMER.CREATE.${stream}`,
    `$JS.API.CONSUMER.INFO.${stream}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.>`,
    `$JS.FC.${stream}.>`,
  ];
}

/** A gateway, which is also the controller: it alone makes streams and buckets. */
export function gatewayPermissions(gateway: string, zones: readonly string[]): Permissions {
  return {
    publish: [
      ...zones.flatMap((zone) => [
        zoneCallsSubject(zone),
        zonePlacementsSubject(zone),
        zoneCellInboxesSubject(zone),
        zoneWhoSubject(zone),
        zoneSpillSubject(zone),
        zoneEventsSubject(zone),
        zoneMarkersSubject(zone),
        zoneDelayedEventsSubject(zone),
        zoneCronsSubject(zone),
        zoneCallbacksSubject(zone),
        zoneDelayedCallbacksSubject(zone),
        zoneRecordsSubject(zone),
        zoneDeadLettersSubject(zone),
        zoneEndedEventsSubject(zone),
        zoneQueueSubject(zone),
        zoneDelayedQueueSubject(zone),
        zoneQueueMarkersSubject(zone),
        zoneTickRecordsSubject(zone),
        receiptsSubject(zone, 'gateway', gateway),
        stopEventSubject(zone),
      ]),
      allAuditSubject(),
      '$JS.API.>',
      '$JS.ACK.>',
      // What a watcher has taken in: without it, the server stops sending for good after some hundred KiB.
      '$JS.FC.>',
      `$KV.${FUNCTIONS_BUCKET}.>`,
      `$KV.${NODES_BUCKET}.>`,
      `$KV.${SECRETS_BUCKET}.>`,
      `$KV.${DATA_KEYS_BUCKET}.>`,
      `$KV.${DISPATCH_BUCKET}.>`,
      `$KV.${SCHEDULE_PAUSES_BUCKET}.>`,
      `$KV.${STREAMS_BUCKET}.>`,
      `$KV.${STORAGE_BUCKET}.>`,
      `$KV.${TENANTS_BUCKET}.>`,
      `$KV.${TOKENS_BUCKET}.>`,
      `$KV.${ENROLMENTS_BUCKET}.>`,
      `$KV.${SIGNERS_BUCKET}.>`,
      allControlSubject(),
      `${inboxPrefix('node')}.>`,
      `${inboxPrefix('gateway')}.>`,
    ],
    subscribe: [
      gatewayRepliesSubject(gateway),
      `${inboxPrefix('gateway')}.${gateway}.>`,
      allCredentialsSubject(),
      ...zones.flatMap((zone) => [
        zoneCellDownSubject(zone),
        zoneNodeUpSubject(zone),
        stopEventSubject(zone),
        `${serviceSubject(zone)} ${SERVICE_QUEUE}`,
        `${queueRoomSubject(zone)} ${SERVICE_QUEUE}`,
        `${zoneSpansSubject(zone)} ${SERVICE_QUEUE}`,
        `${zoneSecretsSubject(zone)} ${SERVICE_QUEUE}`,
        `${zoneDataKeysSubject(zone)} ${SERVICE_QUEUE}`,
      ]),
    ],
  };
}

/**
 * A supervisor: takes placements of its zones for its own country, answers for its cells, reads the registry. It has no `inv` permission. For
 * its functions' bindings it reads and writes the KV values of its zones, publishes messages of queues with their markers,
 * asks gateways how many may wait (`room`), and to call a function (`svc`). It asks them for secrets (`sec`) and data keys (`key`),
 * zone by zone, and cannot read the buckets they lie in.
 */
export function supervisorPermissions(node: string, zones: readonly string[], country: string): Permissions {
  return {
    publish: [
      ...zones.flatMap((zone) => [zoneRepliesSubject(zone), zoneCellDownSubject(zone), zoneLogsSubject(zone)]),
      ...zones.map((zone) => zoneEgressSubject(zone)),
      ...zones.flatMap((zone) => [
        ...readBucket(kvBucket(zone)),
        `$KV.${kvBucket(zone)}.>`,
        zoneQueueSubject(zone),
        zoneDelayedQueueSubject(zone),
        zoneQueueMarkersSubject(zone),
        queueRoomSubject(zone),
        nodeUpSubject(zone, node),
        serviceSubject(zone),
        secretsSubject(zone, node),
        dataKeysSubject(zone, node),
        receiptsSubject(zone, 'node', node),
      ]),
      credentialSubject(node),
      ...readBucket(FUNCTIONS_BUCKET),
      ...readBucket(SIGNERS_BUCKET),
      ...readBucket(STORAGE_BUCKET),
      `$JS.API.STREAM.INFO.KV_${NODES_BUCKET}`,
      `$KV.${NODES_BUCKET}.${node}`,
    ],
    subscribe: [
      ...zones.map((zone) => `${placementSubject(zone, country)} ${SUPERVISOR_QUEUE}`),
      `${inboxPrefix('node')}.${node}.>`,
      controlSubject(node),
    ],
  };
}

/** A cell: one tenant, one zone. It answers, logs, tells spans, and receives; it can reach nothing else. */
export function cellPermissions(zone: string, tenant: string, cell: string): Permissions {
  return {
    publish: [tenantRepliesSubject(zone, tenant), tenantLogsSubject(zone, tenant), tenantSpansSubject(zone, tenant)],
    subscribe: [
      `${tenantCallsSubject(zone, tenant)} ${CELL_QUEUE}`,
      cellInboxSubject(zone, tenant, cell),
      whoSubject(zone, tenant),
    ],
  };
}
