export interface FunctionName {
  readonly tenant: string;
  readonly function: string;
}

/** Names an output while it waits on the bus: by the attempt's call where there is one, so that attempts never mix. */
export interface PendingAddress extends OutputAddress {
  readonly call?: string | null;
}

/** Names an output: the call that left it. */
export interface OutputAddress extends FunctionName {
  readonly invocation: string;
}
