// Calls the platform from where there is no stack left.
export function hazard() {
  const deeper = () => {
    try {
      return deeper();
    } catch {
      console.log('deep');
      return crypto.randomUUID();
    }
  };
  return new Response(String(deeper().length));
}
