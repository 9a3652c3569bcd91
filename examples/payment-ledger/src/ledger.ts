/**
 * The ledger: for each month a text of CSV rows in the KV store, which is written by compare-and-set, and a copy of it as a
 * file in the object store.
 *
 * Guarantees: an event is one row, however often it is booked and whoever else books at the same time; when `book`
 * resolves, the file holds the row.
 */
import type { Bucket, BucketObject, KvNamespace } from 'sovfn';
import type { Entry } from './payment.ts';
import { csvRow } from './csv-row.ts';

export interface LedgerEnv {
  readonly MONTHS: KvNamespace;
  readonly LEDGER: Bucket;
}

const HEADER = csvRow(['date', 'événement', 'paiement', 'nature', 'client', 'montant', 'devise', 'libellé']);
const CSV_TYPE = 'text/csv; charset=utf-8';

/** False when the event was booked before. */
export async function book(entry: Entry, env: LedgerEnv): Promise<boolean> {
  const isNew = await addRow(entry, env.MONTHS);
  // Also for a row that was there: whoever wrote it may have died before the file was written.
  await writeFile(entry.month, env);
  return isNew;
}

export async function readMonth(month: string, { LEDGER }: LedgerEnv): Promise<BucketObject | null> {
  return LEDGER.get(`${month}.csv`);
}

async function addRow(entry: Entry, months: KvNamespace): Promise<boolean> {
  const { event, month, date, payment, kind, customer, amount, currency, description } = entry;
  const row = csvRow([date, event, payment, kind, customer, amount, currency, description]);
  for (;;) {
    const known = await months.getWithRevision(month);
    const rows = known?.value ?? HEADER;
    if (hasRow(rows, event)) return false;
    const revision = await months.put(month, rows + row, { ifRevision: known?.revision ?? 0 });
    // Null: somebody else has added a row in between.
    if (revision !== null) return true;
  }
}

/** The id is the second value of its row. */
function hasRow(rows: string, event: string): boolean {
  return rows.split('\r\n').some((row) => row.split(';', 2)[1] === event);
}

/** Ends when the file holds the newest rows, whoever else writes it meanwhile. */
async function writeFile(month: string, { MONTHS, LEDGER }: LedgerEnv): Promise<void> {
  let written: number | null = null;
  for (;;) {
    const newest = await MONTHS.getWithRevision(month);
    if (newest === null || newest.revision === written) return;
    await LEDGER.put(`${month}.csv`, newest.value, { contentType: CSV_TYPE });
    written = newest.revision;
  }
}
