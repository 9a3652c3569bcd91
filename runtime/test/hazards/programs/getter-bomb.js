export function hazard() {
  throw {
    get message() {
      for (;;);
    },
  };
}
