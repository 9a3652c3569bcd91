export async function hazard() {
  const again = () => {
    queueMicrotask(again);
    queueMicrotask(again);
  };
  again();
  await new Promise(() => {});
}
