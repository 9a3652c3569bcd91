import { writeCsv } from './csv/write-csv.ts';
import { writeCents } from './identifiers/amount.ts';
import type { ImportResult, RejectedRow } from './import-suppliers.ts';

const CSV_TYPE = 'text/csv; charset=utf-8';
const SHOWN_REJECTIONS = 10;

/** The accepted and the rejected rows. */
export function csvFiles({ columns, accepted, rejected }: ImportResult): File[] {
  const rejectedColumns = [...columns, 'ligne', 'motif'];
  return [
    csvFile('accepted.csv', [columns, ...accepted]),
    csvFile('rejected.csv', [rejectedColumns, ...rejected.map(rejectedValues)]),
  ];
}

/** Both files in one answer, as a form would send them: `accepted` and `rejected`. */
export function filesAnswer(files: readonly File[]): Response {
  const form = new FormData();
  for (const file of files) form.append(file.name.replace('.csv', ''), file);
  return new Response(form);
}

/** `id`: what the files lie under. */
export function summaryAnswer({ accepted, acceptedCents, rejected }: ImportResult, id: string): Response {
  return Response.json({
    files: [`${id}/accepted.csv`, `${id}/rejected.csv`],
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
