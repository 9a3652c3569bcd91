export function hazard() {
  return new Response('x'.repeat(60).replace(/(x+x+)+y/g, ''));
}
