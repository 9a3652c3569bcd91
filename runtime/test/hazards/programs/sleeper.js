export async function hazard() {
  await new Promise((done) => setTimeout(done, 600_000));
}
