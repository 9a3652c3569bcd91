export function hazard() {
  const refuse = () => {
    throw new Error('refused');
  };
  throw new Proxy(new Error('inner'), { get: refuse, has: refuse, getPrototypeOf: refuse, ownKeys: refuse });
}
