/** All of them, beginning with another one in each round, so that none always follows the same. `all` has at least one. */
export function inRound<T>(round: number, all: readonly T[]): T[] {
  const first = round % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}
