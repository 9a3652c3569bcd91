/** Looks at everything that hangs on a function, for whoever is about to delete it. Reads only. */
import {
  deadLetterStream,
  type DeletionPlan,
  type FunctionAddress,
  type FunctionRecord,
  functionDeadLettersSubject,
  kvBucket,
  kvPrefix,
  PROTOCOL_VERSION,
} from '@sovfn/protocol';
import type { GatewayContext } from '../../context.ts';
import { countQueueMessages } from '../../events/queues/queue-room.ts';
import { countMessages, countPendingEvents } from '../../events/accept/pending-events.ts';
import { webhookPath } from '../../webhooks/webhook-address.ts';
import { functionUrls } from '../functions.ts';

export async function planDeletion(context: GatewayContext, record: FunctionRecord): Promise<DeletionPlan> {
  const { tenant, name, current, manifest, versions } = record;
  const { config } = manifest;
  const of = { zone: config.residency, tenant, function: name };
  return {
    v: PROTOCOL_VERSION,
    function: name,
    version: current,
    ends: {
      urls: functionUrls(context, record),
      webhooks: config.webhooks.map((webhook) => context.publicUrl + webhookPath(basePathOf(context, record), webhook)),
      schedules: config.schedules.map((schedule) => ({
        name: schedule.name,
        cron: schedule.cron,
        timezone: schedule.timezone,
      })),
      callers: callersOf(context, record),
    },
    waits: await orUnknown(() => countWaiting(context, of)),
    stays: {
      versions: versions.length,
      secrets: context.secrets.list({ tenant, function: name }).map((secret) => secret.name),
      bindings: await Promise.all(dataBindings(record).map((binding) => describeBinding(context, of, binding))),
    },
  };
}

function basePathOf({ functions }: GatewayContext, { tenant, name }: FunctionRecord): string {
  return functions.get(tenant, name)?.basePath ?? '';
}

function callersOf({ registry }: GatewayContext, { tenant, name }: FunctionRecord): string[] {
  const others = [...registry.all()].filter((other) => other.tenant === tenant && other.name !== name);
  return others.filter((other) => calls(other, name)).map((other) => other.name);
}

function calls({ manifest }: FunctionRecord, name: string): boolean {
  const bindings = Object.values(manifest.config.bindings);
  return bindings.some((binding) => binding.type === 'service' && binding.function === name);
}

async function countWaiting({ connection }: GatewayContext, of: FunctionAddress) {
  const [events, queueMessages, deadLetters] = await Promise.all([
    countPendingEvents(connection, of),
    countQueueMessages(connection, of),
    countMessages(connection, deadLetterStream(of.zone), functionDeadLettersSubject(of)),
  ]);
  return { events, queueMessages, deadLetters };
}

interface DataBinding {
  readonly name: string;
  readonly type: 'kv' | 'bucket';
}

function dataBindings({ manifest }: FunctionRecord): DataBinding[] {
  return Object.entries(manifest.config.bindings).flatMap(([name, { type }]) =>
    type === 'kv' || type === 'bucket' ? [{ name, type }] : [],
  );
}

async function describeBinding({ connection }: GatewayContext, of: FunctionAddress, { name, type }: DataBinding) {
  if (type === 'bucket') return { name, type, keys: null };
  const bucket = kvBucket(of.zone);
  const keys = `$KV.${bucket}.${kvPrefix(of, name)}*`;
  return { name, type, keys: await orUnknown(() => countMessages(connection, `KV_${bucket}`, keys)) };
}

/** What only completes the picture must not hide the rest: null when the bus does not answer. */
async function orUnknown<T>(count: () => Promise<T>): Promise<T | null> {
  try {
    return await count();
  } catch {
    return null;
  }
}
