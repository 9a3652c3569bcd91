/** One page that grows by itself, in a module without a bound; and each page is written to. */
const GROWING = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 14, 2, 3, 109, 101, 109, 2, 0,
  4, 103, 114, 111, 119, 0, 0, 10, 8, 1, 6, 0, 32, 0, 64, 0, 11,
]);

/** The processor's own fault, which a locked cell must take. */
function readBeyondTheEnd() {
  const load = new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 2, 8, 1, 1, 97, 1, 109, 2, 0, 1, 3, 2, 1, 0, 7, 5, 1, 1,
    102, 0, 0, 10, 9, 1, 7, 0, 32, 0, 40, 2, 0, 11,
  ]);
  const imports = { a: { m: new WebAssembly.Memory({ initial: 1, maximum: 1 }) } };
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(load), imports).exports.f(-8);
  } catch (error) {
    return error.message;
  }
}

export function hazard() {
  const beyond = readBeyondTheEnd();
  const kept = [];
  try {
    for (;;) {
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(GROWING));
      kept.push(exports);
      while (exports.grow(1) !== -1);
      new Uint8Array(exports.mem.buffer).fill(1);
    }
  } catch (error) {
    return new Response(`${beyond}; after ${kept.length}: ${error.message}`);
  }
}
