export function hazard() {
  throw 10n ** 100_000n;
}
