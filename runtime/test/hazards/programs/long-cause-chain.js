export function hazard() {
  let error = new Error('first');
  for (let i = 0; i < 10_000; i++) error = new Error(`number ${i}`, { cause: error });
  error.cause.cause.cause.cause = error;
  throw error;
}
