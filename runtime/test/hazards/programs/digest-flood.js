export async function hazard() {
  const bytes = new Uint8Array(100_000);
  for (;;) await crypto.subtle.digest('SHA-256', bytes);
}
