/** A line in which calls wait for their turn. */
export interface Line {
  readonly join: (turn: () => void) => void;
  /** To be called once at the most, also for one whose turn it was just now. */
  readonly leave: (turn: () => void) => void;
}

/** Resolves when the `turn` that joined is called. Leaves the line, and throws, when `signal` is aborted before. */
export async function untilTurn({ join, leave }: Line, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const giveUp = (): void => {
    leave(resolve);
    // Nothing, if it was its turn.
    reject(signal!.reason as Error);
  };
  join(resolve);
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    await promise;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
}
