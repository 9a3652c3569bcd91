export function hazard() {
  let nested = ['x'.repeat(100)];
  for (let depth = 0; depth < 26; depth++) nested = [nested, nested];
  return new Response(JSON.stringify(nested));
}
