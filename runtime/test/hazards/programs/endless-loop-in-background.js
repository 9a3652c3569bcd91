export function hazard(request, env, ctx) {
  const background = async () => {
    await new Promise((done) => setTimeout(done, 5));
    for (;;);
  };
  ctx.waitUntil(background());
  return new Response('answered');
}
