export function hazard() {
  const all = [];
  for (;;) all.push(new Array(10_000).fill({ a: 1 }));
}
