export function hazard() {
  for (let i = 0; i < 5_000; i++) void Promise.reject(new Error(`nobody ${i}`));
  return new Response('answered');
}
