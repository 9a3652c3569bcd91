import { writeCsv } from './csv/write-csv.ts';
import { writeCents } from './identifiers/amount.ts';
import type { ImportResult, RejectedRow } from './import-suppliers.ts';

const CSV_TYPE = 'text/csv; charset=utf-8';
const SHOWN_REJECTIONS = 10;

/** Two files in one answer, as a form would send them: `accepted` and `rejected`. */
export function filesAnswer({ columns, accepted, rejected }: ImportResult): Response {
  const form = new FormData();
  const rejectedColumns = [...columns, 'ligne', 'motif'];
  form.append('accepted', csvFile('accepted.csv', [columns, ...accepted]));
  form.append('rejected', csvFile('rejected.csv', [rejectedColumns, ...rejected.map(rejectedValues)]));
  return new Response(form);
}

export function summaryAnswer({ accepted, acceptedCents, rejected }: ImportResult): Response {
  return Response.json({
    rows: accepted.length + rejected.length,
    accepted: accepted.length,
    rejected: rejected.length,
    acceptedOutstanding: writeCents(acceptedCents),
    reasons: countReasons(rejected),
    firstRejected: rejected.slice(0, SHOWN_REJECTIONS).map(({ line, reasons }) => ({ line, reasons })),
  });
}

function csvFile(name: string, rows: Iterable<readonly string[]>): File {
  return new File([writeCsv(rows)], name, { type: CSV_TYPE });
}

function rejectedValues({ values, line, reasons }: RejectedRow): string[] {
  return [...values, String(line), reasons.join(' | ')];
}

/** The most frequent first. */
function countReasons(rejected: readonly RejectedRow[]): { reason: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const reason of rejected.flatMap((row) => row.reasons)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return Array.from(counts, ([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count);
}
