export function hazard() {
  const { href } = new URL(`http://localhost/?${'é'.repeat(5e6)}`);
  return new Response(String(href.length));
}
