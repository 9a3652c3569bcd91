export function hazard() {
  const all = [];
  for (;;) all.push(new Blob([new Uint8Array(1_000_000)]));
}
