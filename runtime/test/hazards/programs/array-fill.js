export function hazard() {
  return new Response(String(new Array(6e7).fill(1).length));
}
