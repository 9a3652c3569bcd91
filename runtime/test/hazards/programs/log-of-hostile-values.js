export function hazard() {
  const circular = {
    get evil() {
      throw new Error('evil');
    },
  };
  circular.self = circular;
  const proxy = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('keys');
      },
      get: () => {
        throw new Error('get');
      },
    },
  );
  console.log(
    circular,
    proxy,
    Symbol('s'),
    1n,
    new Array(1e6).fill(0),
    Object.create(null),
    new Map([[circular, proxy]]),
  );
  return new Response('answered');
}
