export function hazard() {
  return Object.create(Response.prototype);
}
