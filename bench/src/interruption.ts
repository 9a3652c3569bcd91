import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Why the benchmark ends early: the abort reason. */
export class Interruption extends Error {
  override name = 'Interruption';
  readonly exitCode: number;

  constructor(signal: (typeof SIGNALS)[number]) {
    super(`ended by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Aborts at the first signal; everything that was started is then stopped by its owner. Further signals change nothing:
 * the terminal and npm both deliver one Ctrl-C.
 */
export function listenForInterruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) process.on(signal, () => controller.abort(new Interruption(signal)));
  return controller.signal;
}
