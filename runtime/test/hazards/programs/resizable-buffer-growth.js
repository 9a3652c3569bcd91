export function hazard() {
  const all = [];
  for (;;) {
    const buffer = new ArrayBuffer(1e6, { maxByteLength: 2e7 });
    buffer.resize?.(2e7);
    all.push(buffer);
  }
}
