/** Ctrl-C and its relatives, turned into one abort signal that commands end on by themselves. */
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import type { ExitCode } from './command.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Terminal and launcher both deliver a Ctrl-C: a repetition counts as the user's only after this time. Milliseconds. */
const REPEATED_AFTER_MS = 500;

/** Why a command is to end: the abort reason. */
export class Interruption extends Error {
  override name = 'Interruption';
  /** What the process reports when the command did not end well by itself: 128 and the signal's number. */
  readonly exitCode: ExitCode;

  constructor(signal: (typeof SIGNALS)[number]) {
    super(`ended by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Watches signals, the channel to the launcher and the readers of stdout and stderr. The first event aborts; a signal that comes
 * again later ends the process at once, for a command that does not come to its end. `onUnwritable` gets why stdout or stderr
 * takes nothing any more, such as a full disk; a reader that has gone away is no such reason.
 */
export function listenForInterruption(onUnwritable: (error: Error) => void): AbortSignal {
  const controller = new AbortController();
  let firstAt: number | null = null;
  const interrupt = (signal: (typeof SIGNALS)[number]) => {
    const interruption = new Interruption(signal);
    const now = performance.now();
    if (firstAt !== null && now - firstAt > REPEATED_AFTER_MS) process.exit(interruption.exitCode);
    firstAt ??= now;
    controller.abort(interruption);
  };
  for (const signal of SIGNALS) process.on(signal, () => interrupt(signal));
  if (process.channel) {
    process.on('disconnect', () => interrupt('SIGHUP'));
    process.channel.unref();
  }
  for (const stream of [process.stdout, process.stderr] satisfies Writable[]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && !controller.signal.aborted) onUnwritable(error);
      interrupt('SIGHUP');
    });
  }
  return controller.signal;
}
