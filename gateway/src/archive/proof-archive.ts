/**
 * Copies of what proves: every entry of the audit log with its signed checkpoint, and every batch of receipts, byte for byte as it
 * was signed. They are verified like the streams, by whoever reads them.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { allAuditSubject, AUDIT_STREAM, receiptStream, zoneReceiptsSubject } from '@sovfn/protocol';
import type { ObjectStore } from '@sovfn/store';
import type { ArchivedStream } from './archive-runner.ts';
import { StreamArchive } from './stream-archive.ts';

export interface ProofArchiveOptions {
  readonly connection: NatsConnection;
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly positions: string;
  readonly zones: readonly string[];
  /** Zone of the audit log. */
  readonly home: string;
  /** How long receipts are kept; the audit log is kept for ever. */
  readonly receiptDays: number;
}

export const AUDIT_FOLDER = 'audit';
export const receiptsFolder = (zone: string): string => `receipts/${zone}`;

/** With each look. Milliseconds. */
const AUDIT_AFTER_MS = 0;
const RECEIPTS_AFTER_MS = 60_000;
const DAY_MS = 86_400_000;

export class ProofArchive {
  readonly audit: StreamArchive;
  readonly streams: readonly ArchivedStream[];
  readonly #receipts: ReadonlyMap<string, StreamArchive>;
  readonly #receiptDays: number;

  constructor({ zones, home, receiptDays, ...place }: ProofArchiveOptions) {
    const archiveOf = (stream: string, subjects: string, folder: string): StreamArchive =>
      new StreamArchive({ ...place, stream, subjects, folderOf: () => folder });
    this.audit = archiveOf(AUDIT_STREAM, allAuditSubject(), AUDIT_FOLDER);
    this.#receipts = new Map(
      zones.map((zone) => [zone, archiveOf(receiptStream(zone), zoneReceiptsSubject(zone), receiptsFolder(zone))]),
    );
    this.#receiptDays = receiptDays;
    this.streams = [
      { stream: AUDIT_STREAM, zone: home, archive: this.audit, afterMs: AUDIT_AFTER_MS },
      ...[...this.#receipts].map(([zone, archive]) => {
        return { stream: receiptStream(zone), zone, archive, afterMs: RECEIPTS_AFTER_MS };
      }),
    ];
  }

  /** Batches that were archived since a time, the oldest first. What cannot be read is passed over. */
  async *receipts(zone: string, since: Date): AsyncGenerator<{ readonly data: Buffer; readonly storedAt: number }> {
    for await (const batch of this.#receipts.get(zone)!.read(receiptsFolder(zone), since)) {
      if (batch !== null) yield batch;
    }
  }

  /** Removes receipts that have had their time. Returns how many objects that were. */
  async sweep(now = Date.now()): Promise<number> {
    let removed = 0;
    for (const [zone, archive] of this.#receipts) {
      removed += await archive.removeBefore(receiptsFolder(zone), new Date(now - this.#receiptDays * DAY_MS));
    }
    return removed;
  }
}
