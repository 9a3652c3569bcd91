export function hazard() {
  const nested = '('.repeat(4) + 'a' + '{1,1000})'.repeat(4);
  return new Response(new RegExp(nested).test('a'.repeat(1e6)));
}
