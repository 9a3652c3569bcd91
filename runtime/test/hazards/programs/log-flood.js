export function hazard() {
  for (let i = 0; i < 5_000; i++) console.log('x'.repeat(200));
  return new Response('answered');
}
