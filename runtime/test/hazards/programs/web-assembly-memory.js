export function hazard() {
  return new Response(String(new WebAssembly.Memory({ initial: 16_384 }).buffer.byteLength));
}
