import type { ArchivedMessage, ArchivedPlace } from '../../archive/segment.ts';
import type { StreamArchive } from '../../archive/stream-archive.ts';

export interface ArchivedLogOptions {
  readonly archive: StreamArchive;
  readonly folder: string;
  /** Behind a place, since a time, or null for everything. */
  readonly from: ArchivedPlace | Date | null;
  /** The oldest message that the stream has of the folder. */
  readonly oldestInStream: () => Promise<ArchivedPlace | null>;
}

/**
 * What was archived of a log and is no longer in its stream; null where a segment cannot be read. The stream may let go of more
 * while this is read, so it is asked again at the end: what comes then from there goes on without a hole.
 */
export async function* readArchivedLog(options: ArchivedLogOptions): AsyncGenerator<ArchivedMessage | null> {
  const { archive, folder, oldestInStream } = options;
  let { from } = options;
  let oldest = await oldestInStream();
  if (oldest !== null && from !== null && reaches(oldest, from)) return;
  for (;;) {
    for await (const message of archive.read(folder, from)) {
      if (message !== null && oldest !== null && isFrom(oldest, message)) break;
      yield message;
      from = message ?? from;
    }
    const oldestNow = await oldestInStream();
    if (oldestNow?.sequence === oldest?.sequence) return;
    oldest = oldestNow;
  }
}

/** Has the stream everything since then? */
function reaches(oldest: ArchivedPlace, from: ArchivedPlace | Date): boolean {
  if (from instanceof Date) return oldest.storedAt < from.getTime();
  return oldest.sequence <= from.sequence + 1;
}

function isFrom(oldest: ArchivedPlace, message: ArchivedPlace): boolean {
  return message.sequence >= oldest.sequence && message.storedAt >= oldest.storedAt;
}
