export async function hazard() {
  await new Promise((done) => setTimeout(done, 5));
  for (;;);
}
