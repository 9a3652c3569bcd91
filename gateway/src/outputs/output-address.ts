/** Names an output: the call that left it. */
export interface OutputAddress {
  readonly tenant: string;
  readonly function: string;
  readonly invocation: string;
}
