/**
 * Copies of what streams hold, in a bucket of the object store: written behind each other, never changed.
 *
 * Guarantees: what was archived is read once, in the order of its stream, whoever was killed while writing it, and however many
 * gateways wrote it: the position moves only behind what is stored, so a message may lie in two segments, and readers pass over the
 * second one. Memory is bounded by HELD_BYTES.
 * Not guaranteed: that a stream which lets go of messages waits for it. Whoever reads is told where some were missed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { readPage } from '@sovfn/bus';
import { isSovfnError, jsonOrNull } from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import { z } from 'zod';
import { findPlace } from './log-place.ts';
import {
  type ArchivedMessage,
  type ArchivedPlace,
  beginOfSegment,
  decodeSegment,
  encodeSegment,
  lastOfSegment,
  MOST_SEGMENT_BYTES,
  namesFrom,
  SEGMENT_BYTES,
  SEGMENT_SPAN_MS,
  segmentName,
} from './segment.ts';

export interface StreamArchiveOptions {
  readonly connection: NatsConnection;
  readonly store: ObjectStore;
  readonly bucket: string;
  /** Bucket of the position, which is written over: that of the segments may keep every version of an object. */
  readonly positions: string;
  /** Must allow direct gets. */
  readonly stream: string;
  /** All of its subjects. */
  readonly subjects: string;
  /** Where messages of a subject go; null: they are not archived. */
  readonly folderOf: (subject: string) => string | null;
}

/** Up to where a stream is archived. */
export interface ArchivePosition extends ArchivedPlace {
  readonly archivedAt: number;
}

export interface ArchiveRun {
  /** Null: there is still nothing. */
  readonly position: ArchivePosition | null;
  /** The stream had let go of messages before they were archived. */
  readonly hasMissed: boolean;
}

interface Group {
  readonly messages: ArchivedMessage[];
  bytes: number;
}

/** Of all folders together, before they are stored. Bytes. */
const HELD_BYTES = 32 * 1024 * 1024;
const MESSAGES_AT_ONCE = 32;
/** Pauses behind pages: calls share the thread, and what is copied is garbage soon. Bytes for each millisecond. */
const PACE = 16 * 1024;
const SEGMENTS_AT_ONCE = 1_000;
const POSITION_BYTES = 4_096;

const positionSchema = z.strictObject({
  v: z.literal(1),
  sequence: z.int().min(0),
  storedAt: z.int().min(0),
  archivedAt: z.int().min(0),
});

export class StreamArchive {
  readonly #options: StreamArchiveOptions;

  constructor(options: StreamArchiveOptions) {
    this.#options = options;
  }

  /** Null: nothing was archived yet. Throws `store-unavailable`, `store-refused`. */
  async position(): Promise<ArchivePosition | null> {
    const { store, positions } = this.#options;
    try {
      const bytes = await store.get(positions, this.#positionName, { maxBytes: POSITION_BYTES });
      const { sequence, storedAt, archivedAt } = positionSchema.parse(jsonOrNull(bytes.toString('utf8')));
      return { sequence, storedAt, archivedAt };
    } catch (error) {
      if (isSovfnError(error) && error.code === 'not-found') return null;
      throw error;
    }
  }

  /** Copies what the stream has behind the position. Ends early when `signal` says so; the next run goes on from there. */
  async run(signal: AbortSignal): Promise<ArchiveRun> {
    const { connection, stream, subjects, folderOf } = this.#options;
    let position = await this.position();
    const begin = position === null ? null : { ...position, sequence: position.sequence + 1, skip: 0 };
    const place = await findPlace(await jetstreamManager(connection), stream, begin);
    const groups = new Map<string, Group>();
    let [from, held] = [place.from, 0];
    let last: ArchivedPlace | null = null;
    for (;;) {
      const page = await readPage(connection, stream, subjects, { from, most: MESSAGES_AT_ONCE });
      for (const { subject, sequence, storedAt, data } of page) {
        last = { sequence, storedAt: storedAt.getTime() };
        const folder = folderOf(subject);
        if (folder === null) continue;
        held += data.length - (await this.#makeRoom(folder, groups, last.storedAt));
        addTo(groups, folder, { ...last, data: Buffer.from(data) });
      }
      const isLast = page.length < MESSAGES_AT_ONCE || signal.aborted || page.at(-1)!.sequence >= place.last;
      if (last !== null && (isLast || held >= HELD_BYTES)) {
        position = await this.#storeAll(groups, last);
        held = 0;
      }
      if (isLast) return { position, hasMissed: place.loss === 'expired' };
      from = page.at(-1)!.sequence + 1;
      await pauseAfter(page, signal);
    }
  }

  /**
   * Messages of a folder from a place or a time on, in the order of their stream; null where a segment cannot be read.
   * Throws `store-unavailable`, `store-refused`.
   */
  async *read(folder: string, from: ArchivedPlace | Date | null): AsyncGenerator<ArchivedMessage | null> {
    const since = from instanceof Date ? from.getTime() : (from?.storedAt ?? 0);
    const asked = from instanceof Date ? since : 0;
    let last: ArchivedPlace | null = from instanceof Date ? null : from;
    for await (const name of this.#segments(folder, since - SEGMENT_SPAN_MS)) {
      if (since === 0 && last !== null && lastOfSegment(name) <= last.sequence) continue;
      const messages = await this.#load(name);
      if (messages === null) yield null;
      for (const message of messages ?? []) {
        if (message.storedAt < asked || (last !== null && !isBehind(message, last))) continue;
        last = message;
        yield message;
      }
    }
  }

  /** Removes the folder's segments whose messages were all stored before a time. Returns how many. */
  async removeBefore(folder: string, time: Date): Promise<number> {
    const { store, bucket } = this.#options;
    let removed = 0;
    for await (const name of this.#segments(folder, 0)) {
      const begin = beginOfSegment(folder, name);
      if (begin === null || begin.storedAt + SEGMENT_SPAN_MS >= time.getTime()) return removed;
      await store.remove(bucket, name);
      removed++;
    }
    return removed;
  }

  /** Stores the folder's messages if they reach the size or the span of a segment. Resolves with the bytes that are stored. */
  async #makeRoom(folder: string, groups: Map<string, Group>, storedAt: number): Promise<number> {
    const group = groups.get(folder);
    if (group === undefined) return 0;
    const span = storedAt - group.messages[0]!.storedAt;
    if (group.bytes < SEGMENT_BYTES && span >= 0 && span < SEGMENT_SPAN_MS) return 0;
    await this.#store(folder, group);
    groups.delete(folder);
    return group.bytes;
  }

  async #storeAll(groups: Map<string, Group>, last: ArchivedPlace): Promise<ArchivePosition> {
    for (const [folder, group] of groups) await this.#store(folder, group);
    groups.clear();
    const { store, positions } = this.#options;
    const position = { ...last, archivedAt: Date.now() };
    await store.put(positions, this.#positionName, Buffer.from(JSON.stringify({ v: 1, ...position })));
    return position;
  }

  async #store(folder: string, { messages }: Group): Promise<void> {
    const { store, bucket } = this.#options;
    await store.put(bucket, segmentName(folder, messages), encodeSegment(messages));
  }

  async *#segments(folder: string, since: number): AsyncGenerator<string> {
    const { store, bucket } = this.#options;
    let startAfter = namesFrom(folder, since);
    for (;;) {
      const page = await store.list(bucket, `${folder}/`, { limit: SEGMENTS_AT_ONCE, startAfter });
      yield* page.objects.map(({ name }) => name).filter((name) => beginOfSegment(folder, name) !== null);
      if (!page.isTruncated) return;
      startAfter = page.objects.at(-1)!.name;
    }
  }

  /** Null: it was removed meanwhile, or is damaged. */
  async #load(name: string): Promise<ArchivedMessage[] | null> {
    const { store, bucket } = this.#options;
    try {
      return decodeSegment(name, await store.get(bucket, name, { maxBytes: MOST_SEGMENT_BYTES }));
    } catch (error) {
      if (isSovfnError(error) && ['data-unreadable', 'not-found', 'object-too-large'].includes(error.code)) return null;
      throw error;
    }
  }

  /** Nothing else there begins so. */
  get #positionName(): string {
    return `_archived/${this.#options.stream}.json`;
  }
}

function addTo(groups: Map<string, Group>, folder: string, message: ArchivedMessage): void {
  const group = groups.get(folder) ?? { messages: [], bytes: 0 };
  group.messages.push(message);
  group.bytes += message.data.length;
  groups.set(folder, group);
}

/** By time too: a server that has lost its last messages gives their numbers to later ones. Of a place without time the number decides. */
function isBehind(message: ArchivedPlace, last: ArchivedPlace): boolean {
  if (message.sequence > last.sequence) return true;
  return last.storedAt > 0 && message.storedAt > last.storedAt;
}

/** Resolves early when `signal` says so. */
async function pauseAfter(page: readonly { readonly data: Uint8Array }[], signal: AbortSignal): Promise<void> {
  const bytes = page.reduce((sum, { data }) => sum + data.length, 0);
  await delay(bytes / PACE, undefined, { signal }).catch(() => undefined);
}
