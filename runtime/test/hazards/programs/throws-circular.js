export function hazard() {
  const circular = {};
  circular.message = circular;
  circular.cause = circular;
  throw circular;
}
