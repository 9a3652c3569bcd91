/** Which of its own spans the function works under now, for what it asks of others. Told by the part `tracing`, if it is loaded. */
let read = (): string => '';

/** As `traceparent` has it; the empty string when there is none. */
export function activeSpan(): string {
  return read();
}

/** `reader` must not throw. */
export function readActiveSpanWith(reader: () => string): void {
  read = reader;
}
