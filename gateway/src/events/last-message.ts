import { JetStreamApiError, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';

const NO_MESSAGE_FOUND = 10037;

/** The message with that sequence, from the leader of its stream; null when it is gone. Throws what the client library throws. */
export async function messageAt(
  streams: JetStreamManager['streams'],
  stream: string,
  seq: number,
): Promise<StoredMsg | null> {
  return nullWhenGone(() => streams.getMessage(stream, { seq }));
}

/** The last message of a subject, from the leader of its stream; null when there is none. Throws what the client library throws. */
export async function lastMessage(
  { streams }: JetStreamManager,
  stream: string,
  subject: string,
): Promise<StoredMsg | null> {
  return nullWhenGone(() => streams.getMessage(stream, { last_by_subj: subject }));
}

async function nullWhenGone(read: () => Promise<StoredMsg | null>): Promise<StoredMsg | null> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === NO_MESSAGE_FOUND) return null;
    throw error;
  }
}
