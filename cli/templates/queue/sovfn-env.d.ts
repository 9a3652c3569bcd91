// Written by `sovfn types` from sovfn.jsonc; do not edit.
import type { KvNamespace, Queue } from 'sovfn';

export interface Env {
  readonly JOBS: Queue;
  readonly RESULTS: KvNamespace;
}
