import { LOG_LINE_BYTES } from '@sovfn/protocol';

/** A line within LOG_LINE_BYTES: a longer one is cut at a boundary of characters, and says so. */
export function cutLine(line: string): string {
  // A character takes three bytes at most.
  if (line.length * 3 <= LOG_LINE_BYTES || Buffer.byteLength(line) <= LOG_LINE_BYTES) return line;
  const { read } = new TextEncoder().encodeInto(line, new Uint8Array(LOG_LINE_BYTES));
  return `${line.slice(0, read)}… (line cut at ${LOG_LINE_BYTES} bytes)`;
}
