export function hazard() {
  for (;;) setTimeout(() => {}, 60_000);
}
