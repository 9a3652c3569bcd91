export function hazard() {
  const kept = new WeakRef({});
  for (;;) new WeakRef({ kept, other: new WeakRef(kept) });
}
