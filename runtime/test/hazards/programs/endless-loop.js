export function hazard() {
  for (;;);
}
