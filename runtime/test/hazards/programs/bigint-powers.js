export function hazard() {
  let x = 3n;
  for (;;) x = x * x;
}
