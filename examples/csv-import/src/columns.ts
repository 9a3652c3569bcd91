import { parseCsv } from './csv/parse-csv.ts';
import { UnusableFileError } from './problem.ts';

export const REQUIRED_COLUMNS = ['code', 'raison_sociale', 'siret', 'tva', 'iban', 'encours'] as const;
export type Column = (typeof REQUIRED_COLUMNS)[number];

export interface Header {
  readonly delimiter: string;
  /** As the file has them, further columns included. */
  readonly names: readonly string[];
  readonly positions: Readonly<Record<Column, number>>;
}

const MAX_COLUMNS = 100;
const SHOWN_CHARACTERS = 100;
const DELIMITERS = [';', ',', '\t'];

/** Reads the first row. Throws UnusableFileError when the file is empty or lacks a column. */
export function readHeader(text: string): Header {
  const delimiter = findDelimiter(text);
  const [row] = parseCsv(text, delimiter);
  if (row === undefined) {
    const detail = 'The file has no row with column names';
    throw new UnusableFileError({ status: 400, title: 'The file is empty', detail });
  }
  if (row.fields.length > MAX_COLUMNS) {
    const detail = `The first row has ${row.fields.length} columns; at most ${MAX_COLUMNS}`;
    throw new UnusableFileError({ status: 422, title: 'Too many columns', detail });
  }
  const keys = row.fields.map(columnKey);
  const missing = REQUIRED_COLUMNS.filter((column) => !keys.includes(column));
  if (missing.length > 0) {
    const names = row.fields.join(', ').slice(0, SHOWN_CHARACTERS);
    const detail = `The first row lacks ${missing.join(', ')}; it begins with "${names}"`;
    throw new UnusableFileError({ status: 422, title: 'Columns are missing', detail });
  }
  const positions = Object.fromEntries(REQUIRED_COLUMNS.map((column) => [column, keys.indexOf(column)]));
  return { delimiter, names: row.fields, positions: positions as Record<Column, number> };
}

/** The delimiter that the first line has most often outside of quotes. */
function findDelimiter(text: string): string {
  const firstLine = /[^\r\n]+/.exec(text)?.[0].replaceAll(/"[^"]*"/g, '') ?? '';
  const count = (delimiter: string) => firstLine.split(delimiter).length;
  return DELIMITERS.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

/** `Raison sociale` and `raison_sociale` are the same column. */
function columnKey(name: string): string {
  const plain = name.normalize('NFD').replaceAll(/\p{M}/gu, '').trim().toLowerCase();
  return plain.replaceAll(/[\s-]+/g, '_');
}
