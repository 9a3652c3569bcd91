/** A table of results, and its two forms: aligned text for a terminal, Markdown for the documentation. */
export interface Table {
  readonly title: string;
  /** The first column names the row; the others hold figures. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What a reader must know to read it rightly. */
  readonly notes: readonly string[];
}

export function textTable({ title, columns, rows, notes }: Table): string {
  const head = [title, ...columns.slice(1)];
  const widths = head.map((text, column) => Math.max(text.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  const rule = '─'.repeat(line(head).length);
  return [line(head), rule, ...rows.map(line), ...notes.map((note) => `  ${note}`)].join('\n');
}

export function markdownTable({ title, columns, rows, notes }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = line(columns.map((_, i) => (i === 0 ? '---' : '---:')));
  const table = [line(columns), rule, ...rows.map(line)].join('\n');
  return [`### ${title}`, table, ...notes].join('\n\n');
}
