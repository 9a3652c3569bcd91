/**
 * The node's half of receipts: what its cells state about their calls, signed with the node's key.
 *
 * What the supervisor knows itself is the context: the tenant, zone and name of the cell that spoke, that this version was
 * sent to it and no other code under that name; and what was sent to the outside. What happened within the cell is the cell's
 * word, and so is which of its calls asked.
 * Hostile: cells. Lines that are not of the agreed form throw, which ends the cell; of other tenants a cell cannot speak.
 */
import { type ComponentIdentity, ReceiptScope, ZoneReceipts, type ZoneReceiptsOptions } from '@sovfn/bus';
import { NO_EGRESS, nodeLineOf, OUTCOMES, ProtocolError, TRIGGERS } from '@sovfn/protocol';
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

const ID_LENGTH = 26;
const ID = '[0-7][0-9a-hjkmnp-tv-z]{25}';
const NUMBER = '(?:0|[1-9]\\d{0,15})';
const WORDS = (words: readonly string[]): string => `"(?:${words.join('|')})"`;
/** One line of CallStatements. */
const LINE = new RegExp(
  `"${ID}",${WORDS(TRIGGERS)},(?:null,null|"${ID}(?:,${ID})*",(?:null|[1-9]\\d{0,8})),${NUMBER},${NUMBER},` +
    `${WORDS(Object.keys(OUTCOMES))},(?:null|[1-9]\\d{2}),${NUMBER}\\n`,
  'y',
);

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

  /** `asked`: how often calls have asked for something, by the cell's word. Throws ProtocolError for lines that are none. */
  add(from: CellScope, lines: Buffer, asked: AskedCalls): void {
    const text = lines.toString('latin1');
    const scope = this.#scopeOf(from);
    const batches = this.#receipts.in(from.zone);
    for (let at = 0; at < text.length; at = LINE.lastIndex) {
      LINE.lastIndex = at;
      if (!LINE.test(text))
        throw new ProtocolError('a cell sent a statement about a call that is not of the agreed form');
      const line = text.slice(at, LINE.lastIndex - 1);
      const invocation = line.slice(1, 1 + ID_LENGTH);
      this.#egresses.over(from, invocation, asked.get(invocation) ?? 0, (egress) =>
        batches.add(scope, nodeLineOf(line, egress ?? NO_EGRESS)),
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
