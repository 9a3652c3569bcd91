export async function hazard() {
  const burst = () => Promise.resolve().then(() => Promise.all([burst(), burst()]));
  await burst();
}
