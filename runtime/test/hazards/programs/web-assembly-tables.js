export function hazard() {
  const kept = [];
  for (;;) {
    const table = new WebAssembly.Table({ element: 'anyfunc', initial: 10_000 });
    for (let size = 0; size < 9_000_000; size += 1_000_000) table.grow(1_000_000);
    kept.push(table);
  }
}
