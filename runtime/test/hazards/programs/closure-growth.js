export function hazard() {
  let last = () => 0;
  for (;;) {
    const before = last;
    last = () => before() + 1;
  }
}
