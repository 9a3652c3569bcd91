export function hazard() {
  const controller = new AbortController();
  let signal = controller.signal;
  for (let i = 0; i < 5_000; i++) signal = AbortSignal.any([signal, controller.signal]);
  controller.abort();
  return new Response(String(signal.aborted));
}
