export function hazard(request, env, ctx) {
  for (let i = 0; i < 10_000; i++) ctx.waitUntil(new Promise(() => {}));
  return new Response('answered');
}
