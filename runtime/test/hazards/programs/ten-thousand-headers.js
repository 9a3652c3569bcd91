export function hazard() {
  const headers = new Headers();
  for (let i = 0; i < 10_000; i++) headers.append(`x-header-${i}`, 'value');
  return new Response('x', { headers });
}
