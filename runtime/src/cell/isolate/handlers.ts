/** Which handler of a module a call is for, and the entry that starts it. */
import { type Call, decodeScheduledCall, type Trigger } from '@sovfn/protocol';
import { type Failure, thrown } from './failures.ts';
import type { EntryArgument, EntryName } from './guest.ts';

export type HandlerName = 'fetch' | 'scheduled' | 'queue';

export const HANDLER_OF = {
  http: 'fetch',
  webhook: 'fetch',
  schedule: 'scheduled',
  queue: 'queue',
  async: 'fetch',
  service: 'fetch',
} as const satisfies Record<Trigger, HandlerName>;

const SIGNATURES: Readonly<Record<HandlerName, string>> = {
  fetch: 'fetch(request, env, ctx)',
  scheduled: 'scheduled(controller, env, ctx)',
  queue: 'queue(batch, env, ctx)',
};

export interface Entry {
  readonly name: EntryName;
  readonly args: EntryArgument[];
}

/** The handlers that a guest says its module has: names that are none are left out. */
export function knownHandlers(list: string): ReadonlySet<HandlerName> {
  return new Set(list.split(',').filter((name): name is HandlerName => Object.hasOwn(SIGNATURES, name)));
}

/** A call whose function cannot take calls of this kind. */
export function missingHandler(has: ReadonlySet<HandlerName>, wanted: HandlerName): Failure {
  const message =
    `The module's default export has no ${wanted} handler, only ${[...has].join(' and ')}. ` +
    `Add a method async ${SIGNATURES[wanted]} to it.`;
  return thrown('bad-bundle', { name: 'TypeError', message, stack: '' });
}

/** A module that can take no call at all. */
export function noHandler(): Failure {
  const message = `The module's default export has no handler: it must be an object with fetch, scheduled or queue.`;
  return thrown('bad-bundle', { name: 'TypeError', message, stack: '' });
}

/** The entry of a call of `scheduled` or `queue`; a failure when its body has not the agreed form. */
export function entryOf(number: number, call: Call): Entry | Failure {
  if (call.trigger === 'queue') return { name: 'dispatchBatch', args: [number, copyOf(call.body), call.streamed] };
  try {
    const { scheduledTime, cron, name, attempt } = decodeScheduledCall(call.body);
    return { name: 'dispatchTick', args: [number, scheduledTime, cron, name, attempt] };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return thrown('internal-error', { name: 'ProtocolError', message, stack: '' });
  }
}

/** For the guest: an ArrayBuffer is handed over to it. */
export function copyOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
