export function hazard() {
  const thenable = { then: (resolve) => resolve(thenable) };
  return thenable;
}
