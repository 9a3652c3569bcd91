import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { EventHead } from '@sovfn/protocol';

interface Servers {
  readonly nats: { readonly host: string; readonly port: number };
  readonly store: {
    readonly host: string;
    readonly port: number;
    readonly accessKey: string;
    readonly secretKey: string;
  };
}

/** `enqueue`: take no callbacks, enqueue this one. `send`: take callbacks and send them. It reports when that is done or begun. */
export type SenderOrder = Servers &
  ({ readonly type: 'enqueue'; readonly head: EventHead } | { readonly type: 'send'; readonly ackMs: number });

export interface SenderProcess extends AsyncDisposable {
  readonly report: Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export function startSenderProcess(order: SenderOrder): SenderProcess {
  const path = fileURLToPath(new URL('sender-process.ts', import.meta.url));
  const child = fork(path, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.send(order);
  const gone = once(child, 'exit').then(() => {
    throw new Error('the sender process ended without a report');
  });
  const report = Promise.race([once(child, 'message'), gone]).then(() => undefined);
  // Whoever does not wait for the report need not hear that there will be none.
  report.catch(() => undefined);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };
  return { report, kill, [Symbol.asyncDispose]: kill };
}
