import type { FunctionLimits } from '@sovfn/protocol';

/** A version as the supervisor sent it. */
export interface FunctionCode {
  readonly name: string;
  readonly version: string;
  readonly limits: FunctionLimits;
  /** JSON for the entry `install`. */
  readonly environment: string;
  readonly script: string;
  /** File name of the script in stack traces. */
  readonly scriptName: string;
  readonly cache: Buffer | null;
  /** Rewrites script positions in a stack to the user's own files. */
  readonly mapStack: (stack: string) => string;
}
