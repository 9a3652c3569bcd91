export function hazard() {
  const all = [];
  for (;;) all.push(new ArrayBuffer(8).transfer(10_000_000));
}
