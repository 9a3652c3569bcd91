/** Guest code: walks everything that can be reached from some roots, and names what should not be among it. */
export const FIND_FORBIDDEN = `
function findForbidden(roots) {
  const NAMES = ['applySync', 'applyIgnored', 'applySyncPromise', 'derefInto', 'copyInto', 'createContextSync', 'binding', 'dlopen', 'mainModule', 'cwd', 'getBuiltinModule'];
  const found = [];
  const seen = new Set();
  const queue = Object.entries(roots).map(([path, value]) => ({ path, value }));
  while (queue.length > 0 && seen.size < 200000) {
    const { path, value } = queue.shift();
    if ((typeof value !== 'object' || value === null) && typeof value !== 'function') continue;
    if (seen.has(value)) continue;
    seen.add(value);
    if (path.split('.').length > 12) continue;
    for (const name of NAMES) if (!Array.isArray(value) && name in value) found.push(path + ' has ' + name);
    if (value instanceof Object === false && Object.getPrototypeOf(value) !== null) {
      let last = value;
      while (Object.getPrototypeOf(last) !== null) last = Object.getPrototypeOf(last);
      if (last !== Object.prototype) found.push(path + ' is of another realm');
    }
    queue.push({ path: path + '.__proto__', value: Object.getPrototypeOf(value) });
    for (const key of Reflect.ownKeys(value)) {
      const at = path + '.' + String(key);
      const { get, set, value: inner } = Object.getOwnPropertyDescriptor(value, key);
      for (const one of [get, set, inner]) queue.push({ path: at, value: one });
      if (get === undefined) continue;
      try { queue.push({ path: at + '()', value: Reflect.apply(get, value, []) }); } catch {}
    }
  }
  return { found, seen: seen.size };
}
`;
