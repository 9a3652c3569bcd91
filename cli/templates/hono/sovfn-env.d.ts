// Written by `sovfn types` from sovfn.jsonc; do not edit.
import type { KvNamespace } from 'sovfn';

export interface Env {
  readonly NOTES: KvNamespace;
}
