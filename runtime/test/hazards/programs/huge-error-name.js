export function hazard() {
  throw Object.assign(new Error('named'), { name: 'N'.repeat(10_000_000) });
}
