export function hazard() {
  throw {
    get message() {
      return this.message;
    },
  };
}
