export function hazard() {
  throw null;
}
