/** Bindings outside of a cell, for tools of the platform's own machine. */
export { type BindingAsk, type BindingOwner, openBindings, type OpenBindings } from './open-bindings.ts';
export type { BrokerAnswer } from '../../asks/ask.ts';
export type {
  BucketAnswer,
  BucketCondition,
  BucketHead,
  BucketListAnswer,
  BucketObjectFacts,
  KvAnswer,
  KvHead,
  KvListAnswer,
  QueueHead,
} from '../../bridge/asks.ts';
