export function hazard() {
  for (let i = 0; ; i++) Symbol.for(`symbol ${i}`);
}
