/**
 * Verifies the audit log, or an export of it, with nothing but the platform's public key and, where there is one, a copy of the
 * checkpoints.
 *
 * Guarantees: an entry that was edited, dropped, moved or added after it was signed is named by its index. With a copy, so is
 * the first entry that is missing at the end, and the first one of a history that a gateway signed a second time.
 * Not guaranteed: without a copy, that the end of the log is there.
 * Hostile: all of it but the copy, which is believed.
 */
import { SovfnError } from '../errors.ts';
import { decodeHash, encodeHash, GrowingTree, rootOfPath } from '../receipts/merkle.ts';
import { canonicalJson, readableJson } from '../trust/canonical-json.ts';
import { assertLabelsSigned } from '../trust/check-labels.ts';
import type { SignedLabels } from '../trust/labels.ts';
import { documentDigest, isSignedBy, SIGNED_KINDS } from '../trust/signing.ts';
import { type AuditExport, auditExportSchema } from './control.ts';
import { type AuditCheckpoint, auditCopySchema, auditLeaf, type AuditRecord, auditRecordSchema } from './entry.ts';
import { jsonOrNull } from '../json.ts';

/** Roots by size, from the lines of a copy. Throws SovfnError `audit-invalid` for what is no copy. */
export function readAuditCopy(text: string): ReadonlyMap<number, string> {
  const roots = new Map<number, string>();
  for (const [at, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const parsed = auditCopySchema.safeParse(jsonOrNull(line));
    if (!parsed.success) throw invalid(`line ${at + 1} of the copy is no checkpoint`, null);
    roots.set(parsed.data.checkpoint.size, parsed.data.checkpoint.root);
  }
  return roots;
}

/** Reads a log from its begin. */
export class AuditLogCheck {
  readonly #platformPublicKey: string;
  readonly #copy: ReadonlyMap<number, string>;
  readonly #tree = new GrowingTree();
  readonly #last = new Map<string | null, number>();
  /** By their digest: signatures that were good are not computed again. */
  readonly #labels = new Set<string>();

  constructor(platformPublicKey: string, copy: ReadonlyMap<number, string> = new Map()) {
    this.#platformPublicKey = platformPublicKey;
    this.#copy = copy;
  }

  /** Entries that are verified. */
  get size(): number {
    return this.#tree.size;
  }

  /** `text`: of the next message of the log. Throws SovfnError `audit-invalid` that names the first bad index. */
  add(text: string): AuditRecord {
    const index = this.size;
    const parsed = auditRecordSchema.safeParse(jsonOrNull(text));
    if (!parsed.success) throw invalid('it does not have the form of an entry', index);
    const { entry, checkpoint } = parsed.data;
    if (entry.index !== index) throw invalid(`entry ${entry.index} stands in its place`, index);
    if (entry.before !== (this.#last.get(entry.tenant) ?? null))
      throw invalid('it names another entry before it', index);
    this.#tree.add(auditLeaf(entry));
    if (entry.gateway !== checkpoint.gateway) throw invalid('another gateway signed it', index);
    const root = encodeHash(this.#tree.root());
    if (checkpoint.size !== this.size || checkpoint.root !== root) {
      throw invalid('what was signed is another entry, or another history before it', index);
    }
    assertSigned(parsed.data, this.#platformPublicKey, index, this.#labels);
    if ((this.#copy.get(this.size) ?? root) !== root) {
      throw invalid('it was signed a second time: the copy of the checkpoints knows another history', index);
    }
    this.#last.set(entry.tenant, index);
    return parsed.data;
  }

  /** The log has no more entries. Throws SovfnError `audit-invalid` when the copy knows of more. */
  end(): void {
    const known = Math.max(0, ...this.#copy.keys());
    if (known <= this.size) return;
    throw invalid(`the log ends here; the copy of the checkpoints knows ${known} entries`, this.size);
  }
}

/** Anything else is no export at all, and nothing that was changed. */
export const isAuditExport = (text: string): boolean => auditExportSchema.safeParse(jsonOrNull(text)).success;

/** Throws SovfnError `audit-invalid`. */
export function verifyAuditExport(text: string, platformPublicKey: string): AuditExport {
  const parsed = auditExportSchema.safeParse(jsonOrNull(text));
  if (!parsed.success) throw invalid('it does not have the form of an export', null);
  const exported: AuditExport = parsed.data;
  if (text !== readableJson(exported) && text !== canonicalJson(exported)) {
    throw invalid('it is not spelled as exports are: keys in order, two spaces or none, nothing besides', null);
  }
  const { checkpoint, entries, tenant } = exported;
  assertSigned(exported, platformPublicKey, null, new Set());
  let before: number | null = null;
  for (const { entry, path } of entries) {
    const { index } = entry;
    if (entry.tenant !== tenant) throw invalid('it is of another tenant', index);
    if (entry.before !== before) throw invalid('an entry before it is missing', index);
    const root = rootOfPath(auditLeaf(entry), { index, size: checkpoint.size, path: path.map(decodeHash) });
    if (root === null || encodeHash(root) !== checkpoint.root)
      throw invalid('it is not the entry that was signed', index);
    before = index;
  }
  return exported;
}

interface Signed {
  readonly checkpoint: AuditCheckpoint;
  readonly signature: string;
  readonly labels: SignedLabels;
}

function assertSigned(
  { checkpoint, signature, labels: signed }: Signed,
  platformPublicKey: string,
  index: number | null,
  known: Set<string>,
): void {
  const { labels } = signed;
  const digest = documentDigest(signed);
  try {
    if (!known.has(digest)) assertLabelsSigned(signed, platformPublicKey);
  } catch (error) {
    throw invalid((error as Error).message, index);
  }
  known.add(digest);
  const isOfGateway = labels.role === 'gateway' && labels.name === checkpoint.gateway;
  if (!isOfGateway || checkpoint.labelsSha256 !== digest) throw invalid('the labels are of another component', index);
  if (isSignedBy(SIGNED_KINDS.audit, checkpoint, signature, labels.publicKey)) return;
  throw invalid('the signature is not one of the gateway', index);
}

function invalid(reason: string, index: number | null): SovfnError {
  const where = index === null ? '' : ` at entry ${index}`;
  return new SovfnError('audit-invalid', `the audit log does not verify${where}: ${reason}`, {
    hint: 'Read it again. If it fails again, it was changed, or it is of another platform than the key.',
    facts: index === null ? {} : { index },
  });
}
