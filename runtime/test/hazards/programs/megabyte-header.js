export function hazard() {
  return new Response('x', { headers: { 'x-large': 'v'.repeat(1_000_000) } });
}
