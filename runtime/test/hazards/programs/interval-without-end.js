export function hazard() {
  for (let i = 0; i < 100; i++) setInterval(() => {}, 0);
  return new Promise(() => {});
}
