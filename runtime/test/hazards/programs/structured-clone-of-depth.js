export function hazard() {
  let nested = [];
  for (let depth = 0; depth < 100_000; depth++) nested = [nested];
  return new Response(String(structuredClone(nested).length));
}
