export function hazard() {
  return new Response((3n ** 20_000_000n).toString().slice(0, 10));
}
