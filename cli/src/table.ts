/**
 * Rows of text in aligned columns, two spaces apart, as wide as the terminal at most. Nothing is left out, so that an id can be
 * copied from what is shown: what has no room goes on in the next line. What is read by a program (`width` null) is one line for
 * each row.
 */
export const GAP = '  ';
/** A value gets no less, however narrow the terminal is. */
export const LEAST_ROOM = 20;

/** The first row is the head. Where even wrapped columns have no room, each row becomes lines of `head  value`. */
export function formatTable(rows: readonly (readonly string[])[], width: number | null): string {
  const [head = [], ...records] = rows;
  const widths = columnWidths(rows, width);
  if (widths !== null) return rows.map((row) => wrapRow(row, widths)).join('\n');
  return records.map((record) => recordLines(head, record, width!)).join('\n\n');
}

/** Names with their values, without a head; a value that is too long goes on below itself. */
export function formatFacts(rows: readonly (readonly string[])[], width: number | null): string {
  return formatRows(rows, width).join('\n');
}

/** One text for each row, of several lines when it has no room in one. */
export function formatRows(rows: readonly (readonly string[])[], width: number | null): string[] {
  const natural = naturalWidths(rows);
  const widths = width === null ? natural : lastToRoom(natural, width);
  return rows.map((row) => wrapRow(row, widths));
}

/** What stands before each row of a list of states: a mark of one character, perhaps with colours. */
export const MARK_ROOM = 2;

export const withMark = (mark: string, row: string): string => `${mark} ${row.replaceAll('\n', '\n  ')}`;

/**
 * Text that stands beside such a mark, or below it as far in: within the terminal, broken between words. `taken`: what else the first line
 * holds. Text of several lines, such as that of a build, has its form.
 */
export function besideMark(text: string, width: number | null, taken = 0): string {
  if (width === null || text.includes('\n')) return text;
  return wrapWords(text, Math.max(width - MARK_ROOM - taken, LEAST_ROOM)).join('\n  ');
}

/** Null: the longest words of the columns do not fit beside each other. */
function columnWidths(rows: readonly (readonly string[])[], width: number | null): number[] | null {
  const widths = naturalWidths(rows);
  if (width === null) return widths;
  const least = widthsBy(rows, longestWord);
  let excess = total(widths) - width;
  if (total(least) > width) return null;
  while (excess > 0) {
    const widest = indexOfMost(widths.map((natural, column) => natural - least[column]!));
    const step = Math.min(excess, Math.max(1, Math.ceil((widths[widest]! - least[widest]!) / 2)));
    widths[widest]! -= step;
    excess -= step;
  }
  return rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => longest(wrapWords(row[column] ?? '', widths[column]!)))),
  );
}

/** Only the last column gives way, to what its first columns leave; ids in it may be longer all the same. */
function lastToRoom(natural: readonly number[], width: number): number[] {
  const before = natural.slice(0, -1);
  const room = width - total(before) - GAP.length;
  return [...before, Math.max(room, LEAST_ROOM)];
}

function recordLines(head: readonly string[], record: readonly string[], width: number): string {
  const labels = longest(head);
  const room = Math.max(width - labels - GAP.length, LEAST_ROOM);
  return record.map((cell, column) => wrapRow([head[column]!, cell], [labels, room])).join('\n');
}

function wrapRow(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, column) => wrapWords(cell, widths[column]!));
  const height = Math.max(1, ...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((lines, column) => (lines[line] ?? '').padEnd(widths[column]!))
      .join(GAP)
      .trimEnd(),
  ).join('\n');
}

/** A word that is longer than the room stays whole. Text that fits stays as it is, with all its spaces. */
export function wrapWords(text: string, room: number): string[] {
  if (text.length <= room) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const naturalWidths = (rows: readonly (readonly string[])[]): number[] => widthsBy(rows, (cell) => cell.length);
const longest = (texts: readonly string[]): number => Math.max(...texts.map((text) => text.length));
const longestWord = (cell: string): number => longest(cell.split(' '));
const total = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(0, widths.length - 1);
const indexOfMost = (values: readonly number[]): number => values.indexOf(Math.max(...values));

function widthsBy(rows: readonly (readonly string[])[], measure: (cell: string) => number): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, measure(cell));
  }
  return widths;
}
