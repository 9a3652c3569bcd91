/** How the messages of a function's queues are batched, worked out once at deploy. */
import { durationMs, type FunctionConfig, queueBindingSchema } from '@sovfn/protocol';

export interface BatchSizes {
  readonly batchSize: number;
  readonly batchWaitMs: number;
}

/** By the name of the binding. */
export type QueuePolicies = ReadonlyMap<string, BatchSizes>;

export function compileQueues({ bindings }: Pick<FunctionConfig, 'bindings'>): QueuePolicies {
  const policies = new Map<string, BatchSizes>();
  for (const [name, binding] of Object.entries(bindings)) {
    if (binding.type !== 'queue') continue;
    policies.set(name, { batchSize: binding.batchSize, batchWaitMs: durationMs(binding.batchWait) });
  }
  return policies;
}

/** For messages of a binding that the current version has not. */
export const DEFAULT_SIZES: BatchSizes = [
  ...compileQueues({ bindings: { JOBS: queueBindingSchema.parse({ type: 'queue' }) } }).values(),
][0]!;

/** Messages that may be on their way at once: as many as the batches that may run can hold. */
export function mostMessages(queues: QueuePolicies, concurrency: number): number {
  const sizes = [...queues.values()].map(({ batchSize }) => batchSize);
  return concurrency * (sizes.length === 0 ? DEFAULT_SIZES.batchSize : sizes.reduce((sum, size) => sum + size, 0));
}
