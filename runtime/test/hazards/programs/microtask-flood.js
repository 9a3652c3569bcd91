export async function hazard() {
  for (;;) await null;
}
