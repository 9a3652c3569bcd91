// Written by `sovfn types` from sovfn.jsonc; do not edit.
export interface Env {
  readonly GREETING: string;
}
