/**
 * What time it is, and for which call the isolate works: both as the last entry said. They stand still until the next
 * entry, so that no code can time another (see architecture, "Time inside an isolate").
 */
let now = 0;
let call = 0;
let origin = 0;

/** Every entry starts with this. The values stay after the entry, for the microtasks that it drains. */
export function enter(at: number, callNumber: number): void {
  if (origin === 0) origin = at;
  now = at;
  call = callNumber;
}

/** Milliseconds since 1970, with a fraction. */
export function currentTime(): number {
  return now;
}

/** The time of the first entry: when the function moved into the isolate. */
export function timeOrigin(): number {
  return origin;
}

/** 0 when the isolate works for no call. */
export function currentCall(): number {
  return call;
}
