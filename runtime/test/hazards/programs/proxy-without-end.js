// Each look at it gives another proxy whose traps loop.
export function hazard() {
  const endless = new Proxy(function () {}, {
    get: () => {
      for (;;);
    },
    has: () => {
      for (;;);
    },
  });
  return endless;
}
