export function hazard() {
  const headers = new Headers();
  for (let i = 0; i < 200; i++) headers.append(`x-${i}`, 'v');
  return new Response('x', { headers });
}
