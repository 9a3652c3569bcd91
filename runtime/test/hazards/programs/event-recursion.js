export function hazard() {
  const target = new EventTarget();
  target.addEventListener('again', () => target.dispatchEvent(new Event('again')));
  target.dispatchEvent(new Event('again'));
  return new Response('answered');
}
