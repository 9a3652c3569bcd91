export function hazard() {
  const registry = new FinalizationRegistry(() => registry.register({}, 0));
  for (;;) registry.register({}, {});
}
