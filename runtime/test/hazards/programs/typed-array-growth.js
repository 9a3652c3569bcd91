export function hazard() {
  const all = [];
  for (;;) all.push(new Uint8Array(1_000_000).fill(1));
}
