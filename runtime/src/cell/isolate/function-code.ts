import type { FunctionLimits } from '@sovfn/protocol';
import type { GuestScript } from './guest.ts';

/** A version as the supervisor sent it. */
export interface FunctionCode extends GuestScript {
  readonly name: string;
  readonly version: string;
  readonly limits: FunctionLimits;
  /** JSON for the entry `install`. */
  readonly environment: string;
  /** Rewrites script positions in a stack to the user's own files. */
  readonly mapStack: (stack: string) => string;
}
