export function hazard() {
  throw new Error('x'.repeat(10_000_000));
}
