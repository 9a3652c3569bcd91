import { REQUIRED_COLUMNS, readHeader, type Column, type Header } from './columns.ts';
import { parseCsv, type CsvRow } from './csv/parse-csv.ts';
import { UnusableFileError } from './problem.ts';
import { checkSupplier, type Supplier } from './supplier.ts';

export interface ImportResult {
  /** Column names as the file has them. */
  readonly columns: readonly string[];
  /** In the order of `columns`, known ones in their common form. */
  readonly accepted: readonly (readonly string[])[];
  readonly acceptedCents: number;
  readonly rejected: readonly RejectedRow[];
}

export interface RejectedRow {
  readonly line: number;
  /** As the file has them. */
  readonly values: readonly string[];
  readonly reasons: readonly string[];
}

const MAX_ROWS = 20_000;
/** Longer values are rejected unread. */
const MAX_FIELD_CHARACTERS = 500;

/** Checks each row of a supplier file. Throws UnusableFileError when there is no telling the rows apart, or too many. */
export function importSuppliers(text: string): ImportResult {
  const header = readHeader(text);
  const accepted: string[][] = [];
  const rejected: RejectedRow[] = [];
  const seen = { codes: new Set<string>(), sirets: new Set<string>() };
  let acceptedCents = 0;
  for (const row of rowsAfterHeader(text, header)) {
    const reject = (reasons: readonly string[]) =>
      rejected.push({ line: row.line, values: fitToHeader(row, header), reasons });
    if (row.fields.some((field) => field.length > MAX_FIELD_CHARACTERS)) {
      reject([`une valeur a plus de ${MAX_FIELD_CHARACTERS} caractères`]);
      continue;
    }
    const { supplier, outstandingCents, reasons } = checkSupplier(knownValues(row, header));
    const allReasons = [...shapeReasons(row, header), ...reasons, ...duplicateReasons(supplier, seen)];
    if (allReasons.length > 0) {
      reject(allReasons);
      continue;
    }
    seen.codes.add(supplier.code);
    seen.sirets.add(supplier.siret);
    accepted.push(withSupplier(row, header, supplier));
    acceptedCents += outstandingCents;
  }
  return { columns: header.names, accepted, acceptedCents, rejected };
}

function* rowsAfterHeader(text: string, { delimiter }: Header): Generator<CsvRow> {
  let count = -1;
  for (const row of parseCsv(text, delimiter)) {
    count += 1;
    if (count > MAX_ROWS) {
      const detail = `The file has more than ${MAX_ROWS} rows; send it in parts`;
      throw new UnusableFileError({ status: 413, title: 'Too many rows', detail });
    }
    if (count > 0) yield row;
  }
}

function knownValues(row: CsvRow, { positions }: Header): Record<Column, string> {
  const entries = REQUIRED_COLUMNS.map((column) => [column, row.fields[positions[column]] ?? '']);
  return Object.fromEntries(entries) as Record<Column, string>;
}

function shapeReasons(row: CsvRow, { names }: Header): string[] {
  if (row.fields.length === names.length) return [];
  return [`nombre de colonnes : ${row.fields.length} au lieu de ${names.length}`];
}

/** Only accepted rows count: a supplier whose first row is wrong may be right on the second. */
function duplicateReasons({ code, siret }: Supplier, seen: { codes: Set<string>; sirets: Set<string> }): string[] {
  const reasons: string[] = [];
  if (seen.codes.has(code)) reasons.push('code : déjà présent plus haut');
  if (seen.sirets.has(siret)) reasons.push('SIRET : déjà présent plus haut');
  return reasons;
}

function withSupplier(row: CsvRow, { positions }: Header, supplier: Supplier): string[] {
  const values = [...row.fields];
  for (const column of REQUIRED_COLUMNS) values[positions[column]] = supplier[column];
  return values;
}

/** Missing values are empty, surplus ones stay in the last column: nothing of a rejected row is lost. */
function fitToHeader({ fields }: CsvRow, { names, delimiter }: Header): string[] {
  const last = names.length - 1;
  return names.map((_, i) => (i < last ? (fields[i] ?? '') : fields.slice(last).join(delimiter)));
}
