const COUNT = 20_000;
const SIZE = [0xa0, 0x9c, 0x01];

/** Twenty thousand functions that do nothing; each module is another one by what it says of itself. */
function manyFunctions(seed) {
  const bodies = new Uint8Array(COUNT * 3);
  for (let at = 0; at < bodies.length; at += 3) bodies.set([2, 0, 11], at);
  const head = [0, 97, 115, 109, 1, 0, 0, 0, 0, 4, 1, 97, seed & 255, seed >> 8, 1, 4, 1, 96, 0, 0];
  const functions = [3, ...sizeOf(COUNT + SIZE.length), ...SIZE];
  const code = [10, ...sizeOf(bodies.length + SIZE.length), ...SIZE];
  const module = new Uint8Array(head.length + functions.length + COUNT + code.length + bodies.length);
  module.set(head);
  module.set(functions, head.length);
  module.set(code, head.length + functions.length + COUNT);
  module.set(bodies, module.length - bodies.length);
  return module;
}

function sizeOf(value) {
  return [(value & 127) | 128, ((value >> 7) & 127) | 128, value >> 14];
}

export function hazard() {
  const kept = [];
  try {
    for (let seed = 0; ; seed++) kept.push(new WebAssembly.Module(manyFunctions(seed)));
  } catch (error) {
    return new Response(`after ${kept.length}: ${error.message}`);
  }
}
