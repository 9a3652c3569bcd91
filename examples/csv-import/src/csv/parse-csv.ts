/**
 * CSV as RFC 4180 has it: quoted fields with doubled quotes, delimiters and line ends inside them. Lines may end with CRLF,
 * LF or CR; blank lines are skipped. A quote inside an unquoted field is an ordinary character.
 */
import { UnusableFileError } from '../problem.ts';

export interface CsvRow {
  /** Line of the file that the row begins on, from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** A field and where the next one begins. */
interface Field {
  readonly value: string;
  readonly end: number;
}

/** Throws UnusableFileError for quotes that do not match: the rows behind them cannot be told apart. */
export function* parseCsv(text: string, delimiter: string): Generator<CsvRow> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const start = at;
    const fields: string[] = [];
    for (;;) {
      const field = text[at] === '"' ? quotedField(text, at, line) : plainField(text, at, delimiter);
      fields.push(field.value);
      at = field.end;
      if (text[at] !== delimiter) break;
      at += 1;
    }
    at = lineStartAfter(text, at, line);
    if (fields.length > 1 || fields[0] !== '') yield { line, fields };
    line += countLineEnds(text, start, at);
  }
}

function plainField(text: string, start: number, delimiter: string): Field {
  let end = start;
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return { value: text.slice(start, end), end };
}

function quotedField(text: string, start: number, line: number): Field {
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote === -1) throw quotesDoNotMatch(`a quote of the row on line ${line} is never closed`);
    if (text[quote + 1] !== '"') {
      return { value: text.slice(start + 1, quote).replaceAll('""', '"'), end: quote + 1 };
    }
    from = quote + 2;
  }
}

/** `at` is where a row's last field ends: at a line end or at the end of the text, if the quotes match. */
function lineStartAfter(text: string, at: number, line: number): number {
  if (at === text.length || text[at] === '\n') return at + 1;
  if (text[at] === '\r') return text[at + 1] === '\n' ? at + 2 : at + 1;
  throw quotesDoNotMatch(`text follows the closing quote of a field of the row on line ${line}`);
}

function countLineEnds(text: string, start: number, end: number): number {
  return text.slice(start, end).match(/\r\n|\r|\n/g)?.length ?? 0;
}

function quotesDoNotMatch(what: string): UnusableFileError {
  const detail = `The quotes of the file do not match: ${what}`;
  return new UnusableFileError({ status: 400, title: 'The file is no CSV', detail });
}
