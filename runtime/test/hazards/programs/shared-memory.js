export function hazard() {
  return new Response(String(new SharedArrayBuffer(8, { maxByteLength: 1e9 }).byteLength));
}
