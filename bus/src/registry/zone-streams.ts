import {
  DiscardPolicy,
  jetstreamManager,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import {
  deadLetterStream,
  eventStream,
  kvBucket,
  queueStream,
  recordStream,
  SovfnError,
  STREAMS_BUCKET,
  tickStream,
  zoneCallbacksSubject,
  zoneCronsSubject,
  zoneDeadLettersSubject,
  zoneDelayedCallbacksSubject,
  zoneDelayedEventsSubject,
  zoneDelayedQueueSubject,
  zoneEventsSubject,
  zoneMarkersSubject,
  zoneQueueMarkersSubject,
  zoneQueueSubject,
  zoneRecordsSubject,
  zoneTickRecordsSubject,
  zoneTicksSubject,
} from '@sovfn/protocol';
import { assertReplicas, type Replicas } from './replicas.ts';
import { eventsLost, StreamMarks } from './stream-marks.ts';
import { placeIn, placementIn } from './stream-pins.ts';

/** How long the trace of a value that has expired or was deleted stays, so that watchers hear of it. Milliseconds. */
const MARKER_MS = 60_000;
/** One for each function with events; the server refuses the 1,001st unless it is told. */
const MOST_CONSUMERS = 10_000;
/** How long what happened to an event can be asked for. */
const RECORD_DAYS = 30;
/** Of each schedule. */
const KEPT_TICKS = 1_000;
const STREAM_NAME_IN_USE = 10058;
const NO_ROOM = 10047;
const MIB = 1024 * 1024;

export interface ZoneStreamsOptions {
  /** The first is the home of what is not of one zone. */
  readonly zones: readonly [string, ...string[]];
  /** Room in each zone for values of `kv` bindings. Bytes. */
  readonly kvBytes: number;
  readonly replicas?: Replicas;
  /** Makes a stream again that is gone with what it held; it is told about. Otherwise that is an error. */
  readonly onEventLoss?: (loss: string) => void;
}

interface Setup {
  readonly streams: JetStreamManager;
  readonly marks: StreamMarks;
  readonly kvBytes: number;
  readonly replicas: Replicas;
  readonly onEventLoss: ((loss: string) => void) | null;
}

/**
 * Makes what a zone's bindings and events need, where it does not exist yet. For the gateway: no other component may create
 * streams. Throws `events-lost` when a stream that held what was accepted is gone, or was made anew by somebody else;
 * `config-invalid` when one exists with another number of replicas; `disk-full` when the server has no room; `stream-out-of-zone`
 * when no server may hold them. Resolves with the marks of the streams.
 */
export async function createZoneStreams(
  connection: NatsConnection,
  { zones, kvBytes, replicas = 1, onEventLoss }: ZoneStreamsOptions,
): Promise<StreamMarks> {
  const kvm = new Kvm(connection);
  const streams = await jetstreamManager(connection);
  const marks = await StreamMarks.open(connection, streams, { home: zones[0], replicas });
  await assertReplicas(streams, `KV_${STREAMS_BUCKET}`, replicas);
  const setup = { streams, marks, kvBytes, replicas, onEventLoss: onEventLoss ?? null };
  for (const zone of zones) {
    await placeIn(zone, async () => {
      await createKvBucket(kvm, setup, zone);
      await createEventStream(setup, zone);
      await createQueueStream(setup, zone);
      await createTickStream(setup, zone);
      await createRecordStream(setup, zone);
      await createDeadLetterStream(setup, zone);
    });
  }
  return marks;
}

/** Nodes write here what functions want: the room is bounded, so that they cannot take that of events. */
async function createKvBucket(kvm: Kvm, { streams, kvBytes, replicas }: Setup, zone: string): Promise<void> {
  const stream = `KV_${kvBucket(zone)}`;
  try {
    const placement = placementIn(zone);
    await kvm.create(kvBucket(zone), { history: 1, markerTTL: MARKER_MS, max_bytes: kvBytes, replicas, placement });
  } catch (error) {
    if (hasCode(error, NO_ROOM)) throw noRoomFor(kvBytes, error);
    if (!hasCode(error, STREAM_NAME_IN_USE)) throw error;
  }
  await assertReplicas(streams, stream, replicas);
  await boundBytes(streams, stream, kvBytes);
}

/**
 * Durable events wait here until they have run. No limit of number, size or age: those drop, or refuse only after they
 * have acknowledged. What bounds the stream is the server's own disk limit, which refuses.
 */
async function createEventStream(setup: Setup, zone: string): Promise<void> {
  await createStream(zone, setup, {
    name: eventStream(zone),
    subjects: [
      zoneEventsSubject(zone),
      zoneMarkersSubject(zone),
      zoneDelayedEventsSubject(zone),
      zoneCronsSubject(zone),
      zoneTicksSubject(zone),
      zoneCallbacksSubject(zone),
      zoneDelayedCallbacksSubject(zone),
    ],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    max_consumers: MOST_CONSUMERS,
    allow_msg_ttl: true,
    allow_msg_schedules: true,
    allow_atomic: true,
    allow_direct: true,
  });
}

/** Messages of queue bindings, kept like events. NATS refuses nothing by size in a stream with schedules. */
async function createQueueStream(setup: Setup, zone: string): Promise<void> {
  await createStream(zone, setup, {
    name: queueStream(zone),
    subjects: [zoneQueueSubject(zone), zoneDelayedQueueSubject(zone), zoneQueueMarkersSubject(zone)],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    max_consumers: MOST_CONSUMERS,
    allow_msg_ttl: true,
    allow_msg_schedules: true,
    allow_atomic: true,
    allow_direct: true,
  });
}

/** The newest ticks of each schedule. */
async function createTickStream(setup: Setup, zone: string): Promise<void> {
  await createStream(zone, setup, {
    name: tickStream(zone),
    subjects: [zoneTickRecordsSubject(zone)],
    storage: StorageType.File,
    max_msgs_per_subject: KEPT_TICKS,
    max_age: nanos(RECORD_DAYS * 86_400_000),
    allow_atomic: true,
    allow_direct: true,
  });
}

/** The last message of a subject is what counts; the ones before it are overwritten. */
async function createRecordStream(setup: Setup, zone: string): Promise<void> {
  await createStream(zone, setup, {
    name: recordStream(zone),
    subjects: [zoneRecordsSubject(zone)],
    storage: StorageType.File,
    max_msgs_per_subject: 1,
    max_age: nanos(RECORD_DAYS * 86_400_000),
    allow_msg_ttl: true,
    allow_atomic: true,
    allow_direct: true,
  });
}

/** Dead letters stay until somebody redrives or purges them. */
async function createDeadLetterStream(setup: Setup, zone: string): Promise<void> {
  await createStream(zone, setup, {
    name: deadLetterStream(zone),
    subjects: [zoneDeadLettersSubject(zone)],
    storage: StorageType.File,
    max_msgs_per_subject: 1,
    allow_direct: true,
  });
}

/** A stream that exists stays as it is, but for subjects, atomic batches and times to live that an older version did not know. */
async function createStream(
  zone: string,
  { streams, marks, replicas, onEventLoss }: Setup,
  config: Partial<StreamConfig> & { readonly name: string },
): Promise<void> {
  const loss = await marks.findLoss(config.name);
  if (loss !== null && onEventLoss === null) throw eventsLost(loss);
  if (loss !== null) onEventLoss?.(loss);
  try {
    await streams.streams.add({ ...config, num_replicas: replicas, placement: placementIn(zone) });
  } catch (error) {
    if (!hasCode(error, STREAM_NAME_IN_USE)) throw error;
    await assertReplicas(streams, config.name, replicas);
    await bringUpToDate(streams, config);
  }
  await marks.note(config.name);
}

async function bringUpToDate(
  streams: JetStreamManager,
  {
    name,
    subjects = [],
    allow_atomic = false,
    allow_msg_ttl = false,
  }: Partial<StreamConfig> & { readonly name: string },
): Promise<void> {
  const { config } = await streams.streams.info(name);
  const missing = subjects.filter((subject) => !config.subjects.includes(subject));
  const lacksBatches = allow_atomic && config.allow_atomic !== true;
  const lacksTtl = allow_msg_ttl && config.allow_msg_ttl !== true;
  if (missing.length === 0 && !lacksBatches && !lacksTtl) return;
  await streams.streams.update(name, { subjects: [...config.subjects, ...missing], allow_atomic, allow_msg_ttl });
}

/** Of a stream that exists, which the configuration gives another room, or an older version gave none. */
async function boundBytes(streams: JetStreamManager, name: string, bytes: number): Promise<void> {
  const { config } = await streams.streams.info(name);
  if (config.max_bytes === bytes && config.discard === DiscardPolicy.New) return;
  await streams.streams.update(name, { max_bytes: bytes, discard: DiscardPolicy.New });
}

/** A server takes three quarters of what is free on its disk when it starts, unless `max_file` says otherwise. */
function noRoomFor(bytes: number, cause: unknown): SovfnError {
  const text = `the NATS server has no room on its disk for the ${bytes / MIB} MiB that values of kv bindings may take`;
  return new SovfnError('disk-full', text, {
    hint: 'Free some space, move its data to another disk, or set `kvMb` of the gateway lower.',
    facts: { bytes },
    cause,
  });
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
