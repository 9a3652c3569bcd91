export function hazard() {
  const { proxy, revoke } = Proxy.revocable(new Response('x'), {});
  revoke();
  return proxy;
}
