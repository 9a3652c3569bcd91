export function hazard() {
  for (let i = 0; i < 5_000; i++) reportError(new Error('x'.repeat(1_000)));
  return new Response('answered');
}
