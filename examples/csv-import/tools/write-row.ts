export interface FileFormat {
  readonly delimiter: string;
  readonly lineEnd: string;
}

export function writeRow(values: readonly string[], { delimiter, lineEnd }: FileFormat): string {
  return values.map((value) => quoteIfNeeded(value, delimiter)).join(delimiter) + lineEnd;
}

function quoteIfNeeded(value: string, delimiter: string): string {
  const needed = value.includes(delimiter) || /["\r\n]/.test(value);
  return needed ? `"${value.replaceAll('"', '""')}"` : value;
}
