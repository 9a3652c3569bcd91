/**
 * The node's half of receipts: what its cells state about their calls, signed with the node's key.
 *
 * What the supervisor knows itself is the context: the tenant, zone and name of the cell that spoke, that this version was
 * sent to it and no other code under that name; and what was sent to the outside. What happened within the cell is the cell's
 * word, and so is which of its calls asked.
 * Hostile: cells. Records that are not of the agreed form throw, which ends the cell; of other tenants a cell cannot speak.
 */
import { type ComponentIdentity, ReceiptScope, ZoneReceipts, type ZoneReceiptsOptions } from '@sovfn/bus';
import { egressBytes, endOfCellRecord, invocationOfRecord, NO_EGRESS_BYTES } from '@sovfn/protocol';
import type { VersionTrust } from '../signers/version-trust.ts';
import { SOFTWARE } from '../software.ts';
import type { CallEgresses } from './call-egress.ts';

export interface NodeReceiptsOptions extends ZoneReceiptsOptions {
  readonly egresses: CallEgresses;
  readonly trust: Pick<VersionTrust, 'signerOf'>;
}

/** Who speaks, as the supervisor knows it. */
export interface CellScope {
  readonly cell: string;
  readonly zone: string;
  readonly tenant: string;
  readonly function: string;
  readonly version: string;
}

/** By invocation. */
export type AskedCalls = ReadonlyMap<string, number>;

export class NodeReceipts {
  readonly #receipts: ZoneReceipts;
  readonly #identity: ComponentIdentity;
  readonly #egresses: CallEgresses;
  readonly #trust: NodeReceiptsOptions['trust'];
  readonly #runtime: string;
  readonly #scopes = new Map<string, ReceiptScope>();

  constructor(options: NodeReceiptsOptions) {
    this.#receipts = new ZoneReceipts(options);
    this.#identity = options.identity;
    this.#egresses = options.egresses;
    this.#trust = options.trust;
    this.#runtime = `sovfn ${SOFTWARE.sovfn}, node ${SOFTWARE.node}, v8 ${process.versions.v8}`;
  }

  /** `asked`: how often calls have asked for something, by the cell's word. Throws ProtocolError for records that are none. */
  add(from: CellScope, records: Buffer, asked: AskedCalls): void {
    const scope = this.#scopeOf(from);
    const batches = this.#receipts.in(from.zone);
    const isSilent = asked.size === 0 && !this.#egresses.hasCallsOf(from.tenant);
    for (let begin = 0, end = 0; begin < records.length; begin = end) {
      end = endOfCellRecord(records, begin);
      if (isSilent) {
        batches.add(scope, { bytes: records, begin, end }, NO_EGRESS_BYTES);
        continue;
      }
      // A copy: it may wait, and would keep all that came with it.
      const record = { bytes: Buffer.from(records.subarray(begin, end)), begin: 0, end: end - begin };
      const invocation = invocationOfRecord(records, begin);
      this.#egresses.over(from, invocation, asked.get(invocation) ?? 0, (egress) =>
        batches.add(scope, record, egress === null ? NO_EGRESS_BYTES : egressBytes(egress)),
      );
    }
  }

  /** The cell is gone. */
  forget(cell: string): void {
    for (const key of this.#scopes.keys()) if (key.startsWith(`${cell}/`)) this.#scopes.delete(key);
  }

  async close(): Promise<void> {
    this.#egresses.settle();
    await this.#receipts.close();
  }

  #scopeOf({ cell, zone, tenant, function: name, version }: CellScope): ReceiptScope {
    const key = `${cell}/${name}/${version}`;
    const known = this.#scopes.get(key);
    if (known !== undefined) return known;
    const { signed, labelsSha256 } = this.#identity;
    const place = { node: signed.labels.name, cell, zone, tenant, function: name, version };
    const signer = this.#trust.signerOf({ tenant, function: name, version });
    const scope = new ReceiptScope({
      ...{ role: 'node', ...place, runtime: this.#runtime, labelsSha256 },
      ...(signer !== null && { signer }),
    });
    this.#scopes.set(key, scope);
    return scope;
  }
}
