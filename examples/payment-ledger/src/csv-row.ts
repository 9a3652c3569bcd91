/** A text that a spreadsheet would run as a formula. Amounts may begin with a minus. */
const FORMULA = /^(?:[=+@\t\r]|-(?!\d))/;
const NEEDS_QUOTES = /[";\r\n]/;

/** With semicolons, as French spreadsheets expect, and the line end of RFC 4180. */
export function csvRow(values: readonly string[]): string {
  return `${values.map(field).join(';')}\r\n`;
}

function field(value: string): string {
  const plain = FORMULA.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
