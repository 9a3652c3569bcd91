export function hazard() {
  const all = [];
  for (;;) all.push(new ArrayBuffer(1_000_000));
}
