// Waits for a clock that stands still between entries.
export function hazard() {
  const end = Date.now() + 1;
  while (Date.now() < end || performance.now() < 0);
  return new Response('late');
}
