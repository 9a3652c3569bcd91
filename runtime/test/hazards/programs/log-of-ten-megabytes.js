export function hazard() {
  console.log('x'.repeat(10_000_000));
  return new Response('answered');
}
