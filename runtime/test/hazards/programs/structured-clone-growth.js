export function hazard() {
  let value = { bytes: new Uint8Array(10_000) };
  for (;;) value = { a: structuredClone(value), b: value };
}
