// Work of the host that nothing can stop once it runs: it ends with what was begun, and what waits is dropped.
export async function hazard() {
  const key = await crypto.subtle.importKey('raw', new Uint8Array(16), 'PBKDF2', false, ['deriveBits']);
  const slow = { name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(16), iterations: 3_000_000 };
  await Promise.all(Array.from({ length: 900 }, () => crypto.subtle.deriveBits(slow, key, 512)));
}
