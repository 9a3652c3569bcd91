/** Ends an event as the dispatcher does: the output first, then the record. */
import { createHash } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  type Attempt,
  type EventRecord,
  type EventState,
  type FunctionAddress,
  outputBodyObject,
  outputMetaObject,
  outputPrefix,
  recordSubject,
} from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';

export const OUTPUTS = 'outputs';

export interface EventEnd {
  readonly state?: EventState;
  readonly endedAt?: string;
  /** Null: there is no output. */
  readonly body?: Buffer | null;
  readonly contentType?: string;
  readonly attempt?: Partial<Attempt>;
}

export async function endEvent(
  { connection, store }: { readonly connection: NatsConnection; readonly store: ObjectStore },
  of: FunctionAddress & { readonly event: string },
  { state = 'succeeded', endedAt = new Date().toISOString(), body = null, ...end }: EventEnd = {},
): Promise<void> {
  const facts = { v: 1, zone: of.zone, tenant: of.tenant, function: of.function } as const;
  const times = { startedAt: endedAt, endedAt };
  const version = 'a'.repeat(64);
  const output = `${outputPrefix(of.tenant, of.function, of.event)}1/`;
  const attempt = {
    ...{ ...times, attempt: 1, invocation: of.event, status: 201, version, node: 'node-1', outcome: 'ok' as const },
    ...{ cold: false, cpuMs: 1, wallMs: 1, retryAt: null, message: null, ...end.attempt },
  };
  if (body !== null) {
    const contentType = end.contentType ?? 'text/x-own';
    const meta = {
      ...{ ...facts, ...times, invocation: of.event, trigger: 'async', call: null, version, node: 'node-1' },
      ...{ attempt: 1, status: 201 },
      ...{ headers: ['content-type', contentType, 'sovfn-forged', 'x'], contentType, outcome: 'ok' },
      ...{ bytes: body.length, sha256: createHash('sha256').update(body).digest('hex') },
    };
    await store.put(OUTPUTS, outputBodyObject(output), body);
    await store.put(OUTPUTS, outputMetaObject(output), Buffer.from(JSON.stringify(meta)));
  }
  const record: EventRecord = {
    ...{ ...facts, id: of.event, trigger: 'async', state, acceptedAt: endedAt, endedAt, bytes: 0 },
    ...{
      source: null,
      replayOf: null,
      turn: 1,
      output: body === null ? null : output,
      cause: null,
      letter: null,
      attempts: [attempt],
    },
  };
  await jetstream(connection).publish(recordSubject(of, of.event), JSON.stringify(record));
}
