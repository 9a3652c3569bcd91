import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { isSovfnError } from '../errors.ts';
import { encodeHash, GrowingTree, WholeTree } from '../receipts/merkle.ts';
import { canonicalJson, readableJson } from '../trust/canonical-json.ts';
import { issueLabels } from '../trust/check-labels.ts';
import type { SignedLabels } from '../trust/labels.ts';
import { documentDigest, publicKeyText, signDocument } from '../trust/signing.ts';
import type { AuditExport } from './control.ts';
import { type AuditEntry, auditLeaf, type AuditRecord } from './entry.ts';
import { AuditLogCheck, readAuditCopy, verifyAuditExport } from './verify.ts';

const PLACE = {
  country: 'FR',
  region: null,
  city: 'Orléans',
  operator: null,
  provider: null,
  legalSeat: null,
} as const;
const platformKeys = generateKeyPairSync('ed25519');
const platformKey = publicKeyText(platformKeys.publicKey);
const gatewayKeys = generateKeyPairSync('ed25519');
const gatewayKey = publicKeyText(gatewayKeys.publicKey);
const labels = labelsSignedBy(platformKeys.privateKey);

function labelsSignedBy(signer: typeof platformKeys.privateKey): SignedLabels {
  return issueLabels(
    { role: 'gateway', name: 'gw-1', publicKey: gatewayKey },
    { ...PLACE, certs: [], basis: 'declared' },
    { platformKey: signer, platformPublicKey: platformKey, issuedAt: new Date(0), expiresAt: new Date(1e12) },
  );
}

/** A log as gateways write it, about the tenants `a` and `b` in turns. */
function writeLog(size: number, word = 'x'): AuditRecord[] {
  const tree = new GrowingTree();
  const last = new Map<string, number>();
  return Array.from({ length: size }, (_, index) => {
    const tenant = index % 2 === 0 ? 'a' : 'b';
    const place = { v: 1 as const, index, before: last.get(tenant) ?? null, at: '2026-11-27T08:00:00Z' };
    const what = { tenant, actor: 'owner', action: 'setSecret', function: 'f', details: { word: `${word}${index}` } };
    last.set(tenant, index);
    return sign({ ...place, gateway: 'gw-1', ...what }, tree);
  });
}

function sign(entry: AuditEntry, tree: GrowingTree): AuditRecord {
  tree.add(auditLeaf(entry));
  const root = encodeHash(tree.root());
  const labelsSha256 = documentDigest(labels);
  const checkpoint = { v: 1 as const, size: tree.size, root, gateway: 'gw-1', labelsSha256 };
  const signature = signDocument('sovfn-audit', checkpoint, gatewayKeys.privateKey, gatewayKey);
  return { entry, checkpoint, signature, labels, peaks: tree.peaks().map(encodeHash) };
}

/** The index that is named as the first bad one; null: the log verifies. */
function firstBad(log: readonly unknown[], copy?: ReadonlyMap<number, string>): number | null {
  const check = new AuditLogCheck(platformKey, copy);
  try {
    for (const record of log) check.add(JSON.stringify(record));
    check.end();
    return null;
  } catch (error) {
    if (!isSovfnError(error) || error.code !== 'audit-invalid') throw error;
    return error.facts.index as number;
  }
}

let log: AuditRecord[];
let copy: ReadonlyMap<number, string>;
beforeAll(() => {
  log = writeLog(20);
  copy = readAuditCopy(
    log.map(({ checkpoint, signature }) => `${canonicalJson({ checkpoint, signature })}\n`).join(''),
  );
});

test('a log that nobody touched verifies, with and without a copy of its checkpoints', () => {
  expect(firstBad(log)).toBeNull();
  expect(firstBad(log, copy)).toBeNull();
});

test.each([0, 7, 19])('entry %d is named when it was edited, whatever was edited of it', (index) => {
  const record = log[index]!;
  const { entry, checkpoint } = record;
  for (const changed of [
    { ...record, entry: { ...entry, details: { word: 'y' } } },
    { ...record, entry: { ...entry, actor: 'somebody' } },
    { ...record, entry: { ...entry, tenant: null } },
    { ...record, entry: { ...entry, more: 1 } },
    { ...record, checkpoint: { ...checkpoint, size: 99 } },
    { ...record, checkpoint: log[(index + 1) % 20]!.checkpoint },
    { ...record, signature: log[(index + 1) % 20]!.signature },
    { ...record, labels: labelsSignedBy(gatewayKeys.privateKey) },
    'nothing',
  ]) {
    expect([JSON.stringify(changed), firstBad(log.with(index, changed as AuditRecord))]).toEqual([
      JSON.stringify(changed),
      index,
    ]);
  }
});

test('the first place is named where an entry was dropped, moved, doubled or put in', () => {
  expect(firstBad(log.toSpliced(5, 1))).toBe(5);
  expect(firstBad(log.with(5, log[6]!).with(6, log[5]!))).toBe(5);
  expect(firstBad(log.toSpliced(5, 0, log[5]!))).toBe(6);
  const forged = sign({ ...log[5]!.entry, details: {} }, new GrowingTree());
  expect(firstBad(log.toSpliced(5, 0, forged))).toBe(5);
});

test('an end that is missing is named with the copy; so is the first entry of a history that was signed again', () => {
  expect(firstBad(log.slice(0, 12))).toBeNull();
  expect(firstBad(log.slice(0, 12), copy)).toBe(12);
  expect(firstBad([], copy)).toBe(0);
  const tree = new GrowingTree();
  const forked = log.map(({ entry }) => sign(entry.index < 9 ? entry : { ...entry, details: { word: 'fork' } }, tree));
  expect(firstBad(forked)).toBeNull();
  expect(firstBad(forked, copy)).toBe(9);
});

test('a log of another platform is refused', () => {
  const check = new AuditLogCheck(gatewayKey);
  expect(() => check.add(JSON.stringify(log[0]))).toThrow('at entry 0: the labels of gateway "gw-1" were issued by');
});

function exportOf(tenant: string): AuditExport {
  const tree = new WholeTree(log.map(({ entry }) => auditLeaf(entry)));
  const entries = log
    .filter(({ entry }) => entry.tenant === tenant)
    .map(({ entry }) => ({ entry, path: tree.path(entry.index).map(encodeHash) }));
  const { checkpoint, signature } = log.at(-1)!;
  return { v: 1, type: 'sovfn-audit-export', tenant, checkpoint, signature, labels, entries };
}

test('an export verifies without the log, until an entry of it is changed, left out or exchanged', () => {
  const exported = exportOf('a');
  expect(verifyAuditExport(readableJson(exported), platformKey).entries).toHaveLength(10);
  const { entries } = exported;
  const other = exportOf('b').entries;
  for (const changed of [
    { ...exported, entries: entries.toSpliced(3, 1) },
    { ...exported, entries: entries.with(3, other[3]!) },
    { ...exported, entries: entries.with(3, { ...entries[3]!, path: entries[4]!.path }) },
    { ...exported, entries: entries.with(3, { ...entries[3]!, entry: { ...entries[3]!.entry, actor: 'x' } }) },
    { ...exported, checkpoint: { ...exported.checkpoint, size: 21 } },
    { ...exported, tenant: 'b' },
  ]) {
    expect(() => verifyAuditExport(readableJson(changed), platformKey)).toThrow('does not verify');
  }
  expect(() => verifyAuditExport(`${readableJson(exported)} `, platformKey)).toThrow('not spelled');
});
