// Looking at a character makes V8 copy the pieces into one string.
export function hazard() {
  let text = 'xy';
  const all = [];
  for (;;) {
    text += text;
    all.push(text.at(-1));
  }
}
