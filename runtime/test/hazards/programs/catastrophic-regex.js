export function hazard() {
  return new Response(/^(a+)+$/.test(`${'a'.repeat(40)}b`));
}
