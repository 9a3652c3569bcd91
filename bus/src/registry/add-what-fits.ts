import { JetStreamApiError } from '@nats-io/jetstream';

const MIB = 1024 * 1024;
/** Of a stream of its kind, the largest that the server has room for is taken. Bytes. */
const SIZES = [1_024 * MIB, 128 * MIB, 16 * MIB];
const STREAM_NAME_IN_USE = 10058;
const NO_ROOM = 10047;

/** Adds a bounded stream, unless it exists. False: the server has no room even for a small one. */
export async function addWhatFits(add: (bytes: number) => Promise<void>): Promise<boolean> {
  for (const bytes of SIZES) {
    try {
      await add(bytes);
      return true;
    } catch (error) {
      if (!(error instanceof JetStreamApiError)) throw error;
      if (error.code === STREAM_NAME_IN_USE) return true;
      if (error.code !== NO_ROOM) throw error;
    }
  }
  return false;
}
