export function hazard() {
  throw Symbol('x'.repeat(1_000_000));
}
