/** What a command may use: everything from outside that it touches comes through here, so that tests can give their own. */
import type { Readable } from 'node:stream';
import type { ControlClient } from './api/control-client.ts';
import type { Language, Say } from './language.ts';
import type { Output, OutputStream } from './output.ts';

/** The world around one run of the command line. */
export interface CliIo {
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborted when the user or the system asks the command to stop; the reason is an `Interruption`. */
  readonly signal: AbortSignal;
}

/** What is needed to show something to people. */
export type Showing = Pick<CommandContext, 'say' | 'output'>;

export interface CommandContext extends Pick<CliIo, 'stdin' | 'env' | 'cwd' | 'signal'> {
  readonly output: Output;
  readonly say: Say;
  /** Numbers and times as the user's language writes them. */
  readonly locale: Language;
  /** `--json`: the result is one JSON document on stdout. */
  readonly json: boolean;
  /** Somebody sits at the terminal and can be asked. */
  readonly isInteractive: boolean;
  /** A client for the current platform. Throws `no-platform` when there is none; it does not connect yet. */
  readonly connect: () => Promise<ControlClient>;
  /** The same for its operator's listener, which tenants cannot reach. */
  readonly connectAsOperator: () => Promise<ControlClient>;
}
