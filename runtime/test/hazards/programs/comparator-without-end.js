export function hazard() {
  return new Response(
    [1, 2, 3]
      .sort(() => {
        for (;;);
      })
      .join(),
  );
}
