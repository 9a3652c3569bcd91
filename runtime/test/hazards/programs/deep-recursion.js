export function hazard() {
  return hazard();
}
