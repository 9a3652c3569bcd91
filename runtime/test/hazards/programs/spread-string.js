export function hazard() {
  return new Response(String([...'.'.repeat(5e8)].length));
}
