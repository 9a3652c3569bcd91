// Its listener makes another orphan of each.
export function hazard() {
  addEventListener('unhandledrejection', (event) => {
    event.preventDefault();
    void Promise.reject(new Error('again'));
  });
  void Promise.reject(new Error('first'));
  return new Response('answered');
}
