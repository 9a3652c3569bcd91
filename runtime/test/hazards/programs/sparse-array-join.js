export function hazard() {
  const sparse = [];
  sparse.length = 2 ** 32 - 1;
  sparse[5] = 1;
  return new Response(sparse.toSorted().join('').slice(0, 5));
}
