import { JetStreamApiError, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';

const NO_MESSAGE_FOUND = 10037;

/** The last message of a subject, from the leader of its stream; null when there is none. Throws what the client library throws. */
export async function lastMessage(
  { streams }: JetStreamManager,
  stream: string,
  subject: string,
): Promise<StoredMsg | null> {
  try {
    return await streams.getMessage(stream, { last_by_subj: subject });
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === NO_MESSAGE_FOUND) return null;
    throw error;
  }
}
