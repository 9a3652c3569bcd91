/**
 * Writes what functions asked of the outside to the zone's ledger, in batches, so that a request costs no message.
 *
 * Guarantees: an entry is acknowledged by the bus, synced to its disk, or sent again until it is; those that find no room
 * are counted, and the next batch of their version says how many. Not guaranteed: entries of the last GATHER_MS when the
 * supervisor is killed, and entries twice when an acknowledgement was lost.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type EgressBatch, type EgressEntry, egressSubject, PROTOCOL_VERSION } from '@sovfn/protocol';
import type { Asker } from '../../asks/ask.ts';

export interface EgressLedgerOptions {
  readonly node: string;
  /** Resolves when the bus has stored the message. */
  readonly publish: (subject: string, payload: Uint8Array) => Promise<void>;
  readonly onDelayed: (reason: string) => void;
}

type Owner = Pick<Asker, 'zone' | 'tenant' | 'function' | 'version'>;

interface Gathered {
  readonly owner: Owner;
  readonly entries: EgressEntry[];
  lost: number;
}

const GATHER_MS = 250;
/** Entries in one message. */
const BATCH_ENTRIES = 200;
/** Entries that wait, over all versions; beyond it they are counted only. */
const MOST_WAITING = 20_000;
const AGAIN_MS = 1_000;
/** At the end: what the bus has not taken by then is lost. */
const LAST_MS = 5_000;

export class EgressLedger {
  readonly #options: EgressLedgerOptions;
  readonly #gathered = new Map<string, Gathered>();
  readonly #closing = new AbortController();
  #waiting = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;

  constructor(options: EgressLedgerOptions) {
    this.#options = options;
  }

  note({ zone, tenant, function: name, version }: Owner, entry: EgressEntry): void {
    const key = `${zone}.${tenant}.${name}.${version}`;
    let gathered = this.#gathered.get(key);
    if (gathered === undefined) {
      gathered = { owner: { zone, tenant, function: name, version }, entries: [], lost: 0 };
      this.#gathered.set(key, gathered);
    }
    if (this.#waiting >= MOST_WAITING) gathered.lost++;
    else {
      gathered.entries.push(entry);
      this.#waiting++;
    }
    this.#timer ??= setTimeout(() => this.#write(), GATHER_MS);
  }

  /** Writes what is left, for LAST_MS at most. */
  async close(): Promise<void> {
    const giveUp = setTimeout(() => this.#closing.abort(), LAST_MS);
    if (this.#timer !== null) clearTimeout(this.#timer);
    while (this.#gathered.size > 0 && !this.#closing.signal.aborted) {
      this.#write();
      await this.#writing;
    }
    await this.#writing;
    clearTimeout(giveUp);
  }

  #write(): void {
    this.#timer = null;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
      if (this.#gathered.size > 0) this.#timer ??= setTimeout(() => this.#write(), GATHER_MS);
    });
  }

  /** Never rejects. */
  async #writeAll(): Promise<void> {
    const all = [...this.#gathered.values()];
    this.#gathered.clear();
    await Promise.all(all.map(async (gathered) => this.#writeVersion(gathered)));
  }

  async #writeVersion({ owner, entries, lost }: Gathered): Promise<void> {
    for (let at = 0; at < Math.max(entries.length, 1); at += BATCH_ENTRIES) {
      const part = entries.slice(at, at + BATCH_ENTRIES);
      await this.#publish(owner, { entries: part, lost: at === 0 ? lost : 0 });
      this.#waiting -= part.length;
    }
  }

  /** Until the bus has it, or the supervisor ends. */
  async #publish({ zone, tenant, function: name, version }: Owner, part: Pick<EgressBatch, 'entries' | 'lost'>) {
    const batch: EgressBatch = { v: PROTOCOL_VERSION, function: name, version, node: this.#options.node, ...part };
    const payload = Buffer.from(JSON.stringify(batch));
    while (!this.#closing.signal.aborted) {
      try {
        return await this.#options.publish(egressSubject({ zone, tenant, function: name }), payload);
      } catch (error) {
        this.#options.onDelayed(String(error));
        await delay(AGAIN_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }
}
