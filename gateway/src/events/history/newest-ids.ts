/**
 * Ids of events, newest first, out of the subjects that NATS keeps for them: an id sorts by the time at which its event
 * was accepted, and NATS lists subjects in order and from any position.
 *
 * Memory stays bounded: one window of at most 100,000 subjects (about 5 MB) for each place, however many there are. At
 * the newest end a window is small, so that the first page of a long list is cheap.
 * Not guaranteed: an event that begins and ends while its window is read may be missing.
 */
import { eventOfSubject } from '@sovfn/protocol';
import type { EventStreams } from './event-streams.ts';

/** Where ids are found: the subjects of a stream that a filter matches. */
export interface EventPlace {
  readonly stream: string;
  readonly filter: string;
}

/** Subjects of the first, second and each further window. The last is less than the server gives, so that nothing is missed when subjects come or go meanwhile. */
const WINDOWS = [1_000, 10_000, 90_000] as const;
/** Beyond the end of every list: answered with the number of subjects alone. */
const BEYOND = 2 ** 52;

/** Ids of several places, each once. `before`: only ids that sort before it; null: all. */
export async function* newestIds(
  streams: EventStreams,
  places: readonly EventPlace[],
  before: string | null,
): AsyncGenerator<string> {
  const sources = places.map((place) => newestOf(streams, place, before));
  const heads: (string | null)[] = [];
  // In the order of the places, one after the other: the order in which an event moves through them.
  for (const source of sources) heads.push(await nextOf(source));
  for (;;) {
    const newest = heads.reduce((a, b) => (b === null || (a !== null && a > b) ? a : b), null);
    if (newest === null) return;
    yield newest;
    for (const [i, head] of heads.entries()) if (head === newest) heads[i] = await nextOf(sources[i]!);
  }
}

async function* newestOf(
  streams: EventStreams,
  { stream, filter }: EventPlace,
  before: string | null,
): AsyncGenerator<string, void> {
  let reached = before;
  let { total: offset } = await streams.subjects(stream, filter, BEYOND);
  for (let round = 0; offset > 0; round++) {
    offset = Math.max(0, offset - (WINDOWS[round] ?? WINDOWS.at(-1)!));
    const { subjects } = await streams.subjects(stream, filter, offset);
    const older = subjects.map(eventOfSubject).filter((id) => reached === null || id < reached);
    reached = older[0] ?? reached;
    yield* older.toReversed();
  }
}

async function nextOf(source: AsyncGenerator<string, void>): Promise<string | null> {
  const next = await source.next();
  return next.done === true ? null : next.value;
}
