import {
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { placeIn, placementIn } from './stream-pins.ts';

/** Without its size. */
export type BoundedStream = Partial<StreamConfig> & { readonly name: string };

const MIB = 1024 * 1024;
/** Of a stream of its kind, the largest that the server has room for is taken. Bytes. */
const SIZES = [1_024 * MIB, 128 * MIB, 16 * MIB];
const STREAM_NAME_IN_USE = 10058;
const NO_ROOM = 10047;

/**
 * Makes a stream for each zone, where it does not exist yet, on file and for direct gets: of what is kept for a while, the
 * oldest of which goes first. Resolves with the zones for which the server has no room.
 */
export async function createBoundedStreams(
  connection: NatsConnection,
  zones: readonly string[],
  streamOf: (zone: string) => BoundedStream,
): Promise<string[]> {
  const { streams } = await jetstreamManager(connection);
  const without: string[] = [];
  for (const zone of zones) {
    const stream = { ...streamOf(zone), placement: placementIn(zone) };
    if (!(await placeIn(zone, () => addWhatFits(streams, stream)))) without.push(zone);
  }
  return without;
}

/** False: the server has no room even for a small one. */
async function addWhatFits(streams: JetStreamManager['streams'], stream: BoundedStream): Promise<boolean> {
  for (const max_bytes of SIZES) {
    try {
      await streams.add({ ...stream, storage: StorageType.File, allow_direct: true, max_bytes });
      return true;
    } catch (error) {
      if (!(error instanceof JetStreamApiError)) throw error;
      if (error.code === STREAM_NAME_IN_USE) return true;
      if (error.code !== NO_ROOM) throw error;
    }
  }
  return false;
}
