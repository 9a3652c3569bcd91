export function hazard(request, env, ctx) {
  for (let i = 0; i < 9_000; i++) ctx.waitUntil(new Promise((done) => setTimeout(done, 600_000)));
  return new Response('answered');
}
