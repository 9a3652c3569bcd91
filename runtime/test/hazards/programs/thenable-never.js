export function hazard() {
  return { then() {} };
}
