/** Reading the audit log for the control API. Says what is stored; whether it was changed is for whoever verifies it. */
import { JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { readMessages, readPage } from '@sovfn/bus';
import {
  allAuditSubject,
  AUDIT_STREAM,
  type AuditEntry,
  type AuditExport,
  auditLeaf,
  type AuditList,
  type AuditPage,
  type AuditRecord,
  auditRecordSchema,
  auditSubject,
  encodeHash,
  isSovfnError,
  PROTOCOL_VERSION,
  SovfnError,
  WholeTree,
} from '@sovfn/protocol';
import { AUDIT_FOLDER, type ProofArchive } from '../archive/proof-archive.ts';

const PAGE = 500;
const NO_MESSAGE = 10037;

/** `tenant` null: entries about every tenant and about the platform. `before`: only older ones than this index. */
export async function listAudit(
  connection: NatsConnection,
  { tenant, limit, before }: { tenant: string | null; limit: number; before: number | null },
): Promise<AuditList> {
  const entries: AuditEntry[] = [];
  let at = await newestIndex(connection, tenant, before);
  while (at !== null && entries.length < limit) {
    const { entry } = await readRecord(connection, at);
    entries.push(entry);
    at = beforeIt(entry, tenant);
  }
  const last = entries.at(-1);
  return { v: PROTOCOL_VERSION, entries, next: at === null || last === undefined ? null : last.index };
}

/** Of the newest entry that is asked for; null: there is none. */
async function newestIndex(
  connection: NatsConnection,
  tenant: string | null,
  before: number | null,
): Promise<number | null> {
  const subject = tenant === null ? allAuditSubject() : auditSubject(tenant);
  // Where an earlier answer ended is an entry of the same kind.
  const end = before === null ? null : await find(connection, { seq: before + 1 });
  const isKnown = end !== null && (tenant === null || end.entry.tenant === tenant);
  if (isKnown) return beforeIt(end.entry, tenant);
  let at = (await find(connection, { last_by_subj: subject }))?.entry.index ?? null;
  while (at !== null && before !== null && at >= before)
    at = beforeIt((await readRecord(connection, at)).entry, tenant);
  return at;
}

function beforeIt({ index, before }: AuditEntry, tenant: string | null): number | null {
  if (tenant !== null) return before;
  return index === 0 ? null : index - 1;
}

/** Messages as they are stored, from a sequence on. */
export async function readAuditPage(connection: NatsConnection, from: number): Promise<Omit<AuditPage, 'hasArchive'>> {
  const messages = await readPage(connection, AUDIT_STREAM, allAuditSubject(), { from, most: PAGE });
  const next = messages.length < PAGE ? null : messages.at(-1)!.sequence + 1;
  return { v: PROTOCOL_VERSION, records: messages.map(({ data }) => Buffer.from(data).toString('utf8')), next };
}

/** The same of the copies. What cannot be read is left out: whoever verifies them misses it. Throws `store-unavailable`. */
export async function readArchivedAuditPage(
  { audit }: ProofArchive,
  from: number,
): Promise<Omit<AuditPage, 'hasArchive'>> {
  const records: string[] = [];
  const begin = from === 1 ? null : { sequence: from - 1, storedAt: 0 };
  for await (const message of audit.read(AUDIT_FOLDER, begin)) {
    if (message === null) continue;
    records.push(message.data.toString('utf8'));
    if (records.length === PAGE) return { v: PROTOCOL_VERSION, records, next: message.sequence + 1 };
  }
  return { v: PROTOCOL_VERSION, records, next: null };
}

/** Reads the whole log: the paths need every leaf. Throws `audit-unavailable` for a log that cannot be read as one. */
export async function exportAudit(connection: NatsConnection, tenant: string): Promise<AuditExport> {
  const leaves: string[] = [];
  const own: AuditEntry[] = [];
  let last: AuditRecord | null = null;
  for await (const page of readMessages(connection, AUDIT_STREAM, allAuditSubject())) {
    for (const { data } of page) {
      last = parseRecord(Buffer.from(data).toString('utf8'));
      leaves.push(auditLeaf(last.entry));
      if (last.entry.tenant === tenant) own.push(last.entry);
    }
  }
  if (last === null) throw unreadable('it has no entry yet');
  const tree = new WholeTree(leaves);
  const entries = own.map((entry) => ({ entry, path: tree.path(entry.index).map(encodeHash) }));
  const { checkpoint, signature, labels } = last;
  return { v: PROTOCOL_VERSION, type: 'sovfn-audit-export', tenant, checkpoint, signature, labels, entries };
}

async function readRecord(connection: NatsConnection, index: number): Promise<AuditRecord> {
  const record = await find(connection, { seq: index + 1 });
  if (record === null) throw unreadable(`entry ${index} is not there`);
  return record;
}

async function find(
  connection: NatsConnection,
  query: { seq: number } | { last_by_subj: string },
): Promise<AuditRecord | null> {
  try {
    const { streams } = await jetstreamManager(connection, { checkAPI: false });
    const message = await streams.getMessage(AUDIT_STREAM, query);
    return message === null ? null : parseRecord(message.string());
  } catch (error) {
    if (isSovfnError(error)) throw error;
    if (error instanceof JetStreamApiError && error.code === NO_MESSAGE) return null;
    throw unreadable(String(error), error);
  }
}

function parseRecord(text: string): AuditRecord {
  try {
    return auditRecordSchema.parse(JSON.parse(text));
  } catch (error) {
    throw unreadable('an entry does not have its form: `sovfn audit verify` says which', error);
  }
}

function unreadable(reason: string, cause?: unknown): SovfnError {
  return new SovfnError('audit-unavailable', `the audit log cannot be read: ${reason}`, {
    cause,
    hint: '`sovfn status` shows the state of the bus; docs/audit.md says what to do when the log was changed.',
  });
}
