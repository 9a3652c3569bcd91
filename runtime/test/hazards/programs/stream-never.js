export function hazard() {
  return new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
}
