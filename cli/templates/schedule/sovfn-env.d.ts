// Written by `sovfn types` from sovfn.jsonc; do not edit.
import type { Bucket } from 'sovfn';

export interface Env {
  readonly REPORTS: Bucket;
}
