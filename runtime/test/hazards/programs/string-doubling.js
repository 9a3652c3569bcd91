export function hazard() {
  let text = 'x';
  for (;;) text += text;
}
