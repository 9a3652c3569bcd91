export function hazard() {
  return new Proxy(new Response('x'), {});
}
