/** Lazy part: what `env` holds for the `bindings` of a function. */
import { Bucket } from './bucket.guest.ts';
import { KvNamespace } from './kv.guest.ts';
import { Queue } from './queue.guest.ts';
import { ServiceBinding } from './service.guest.ts';

const CLASSES = { kv: KvNamespace, bucket: Bucket, queue: Queue, service: ServiceBinding } as const;

export type BindingType = keyof typeof CLASSES;

export function makeBinding(name: string, type: BindingType): object {
  return new CLASSES[type](name);
}
