export function hazard() {
  const all = [];
  for (let i = 0; ; i++) all.push(`x${i}`.repeat(100_000).split('').join('-'));
}
