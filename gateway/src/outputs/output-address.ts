export interface FunctionName {
  readonly tenant: string;
  readonly function: string;
}

/** Names an output: the call that left it. */
export interface OutputAddress extends FunctionName {
  readonly invocation: string;
}
