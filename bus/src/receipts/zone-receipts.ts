/** The batches of receipts of one component, in each zone that it serves. */
import { BatchRoots } from './batch-roots.ts';
import { ReceiptBatches, type ReceiptBatchesOptions } from './receipt-batches.ts';

export interface ZoneReceiptsOptions extends Omit<ReceiptBatchesOptions, 'zone' | 'roots'> {
  readonly zones: readonly string[];
}

const CLOSE_MS = 2_000;

export class ZoneReceipts {
  readonly #roots = new BatchRoots();
  readonly #batches: ReadonlyMap<string, ReceiptBatches>;

  constructor({ zones, ...options }: ZoneReceiptsOptions) {
    const shared = { ...options, roots: this.#roots };
    this.#batches = new Map(zones.map((zone) => [zone, new ReceiptBatches({ ...shared, zone })]));
  }

  /** `zone` must be one of those that were given. */
  in(zone: string): ReceiptBatches {
    return this.#batches.get(zone)!;
  }

  /** Seals and sends what there is, within CLOSE_MS. */
  async close(): Promise<void> {
    await Promise.all([...this.#batches.values()].map((batches) => batches.close(CLOSE_MS)));
    await this.#roots.close();
  }
}
