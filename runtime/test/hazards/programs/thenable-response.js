export async function hazard() {
  return Object.assign(new Response('x'), { then() {} });
}
