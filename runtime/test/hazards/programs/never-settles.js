export async function hazard() {
  await new Promise(() => {});
}
