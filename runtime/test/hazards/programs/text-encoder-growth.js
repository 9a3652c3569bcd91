export function hazard() {
  const encoder = new TextEncoder();
  const text = 'é'.repeat(500_000);
  const all = [];
  for (;;) all.push(encoder.encode(text));
}
