/** CSV that a French Excel opens as it is: semicolons, CRLF, and a byte order mark, without which it would not see UTF-8. */
export function writeCsv(rows: Iterable<readonly string[]>): string {
  let text = '\ufeff';
  for (const row of rows) text += `${row.map(writeField).join(';')}\r\n`;
  return text;
}

function writeField(value: string): string {
  const safe = isFormula(value) ? `'${value}` : value;
  return /[;"\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A spreadsheet would run it: what comes from a supplier's file must stay text. Signed numbers are left alone. */
function isFormula(value: string): boolean {
  return /^[=+\-@\t\r]/.test(value) && !/^[+-][\d\s.,]+$/.test(value);
}
