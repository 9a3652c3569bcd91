/** A sender of callbacks as a gateway makes it, on a bus and a store of the test. */
import type { NatsConnection } from '@nats-io/transport-node';
import type { EventHead } from '@sovfn/protocol';
import type { ReachPolicy } from '@sovfn/protocol/addresses';
import type { ObjectStore } from '@sovfn/store';
import { TEST_KEYS } from '../../peers/test-keys.ts';
import { EventAddresses } from '../../../src/events/async/event-address.ts';
import { EventLookup } from '../../../src/events/async/event-lookup.ts';
import { EventResults } from '../../../src/events/async/event-results.ts';
import { CALLBACK_ACK_MS, CallbackQueue } from '../../../src/events/callbacks/callback-queue.ts';
import { type CallbackSchedule, delayBefore } from '../../../src/events/callbacks/callback-schedule.ts';
import { CallbackSender } from '../../../src/events/callbacks/callback-sender.ts';
import { CallbackKeys } from '../../../src/events/callbacks/callback-signature.ts';
import { SealedEvents } from '../../../src/events/sealed-events.ts';
import type { Log } from '../../../src/logger.ts';
import { OUTPUTS } from '../ended-event.ts';

export const JOB = { zone: 'fr', tenant: 'main', function: 'job' };
export const SECRET = 'secret of all gateways';

export interface SenderOptions {
  /** Default: this machine may be reached, and no name means anything. */
  readonly policy?: Partial<ReachPolicy>;
  readonly schedule?: CallbackSchedule;
  readonly ackMs?: number;
}

interface SenderPlace {
  readonly connection: NatsConnection;
  readonly store: ObjectStore;
  readonly log?: Log;
}

/** As a dispatcher does, whose gateway need not send callbacks itself. */
export async function enqueue(connection: NatsConnection, head: EventHead): Promise<void> {
  await new CallbackQueue(connection, CALLBACK_ACK_MS, new SealedEvents(TEST_KEYS)).enqueue(head);
}

/** Whoever makes it disposes it. */
export async function makeSender(options: SenderPlace & SenderOptions): Promise<CallbackSender> {
  const { connection, store, policy = {}, schedule = delayBefore, ackMs = 60_000 } = options;
  const resolve = async (name: string): Promise<never> => Promise.reject(new Error(`${name} is unknown`));
  return CallbackSender.start({
    queue: new CallbackQueue(connection, ackMs, new SealedEvents(TEST_KEYS)),
    zones: [JOB.zone],
    keys: new CallbackKeys(SECRET),
    policy: {
      ...{ allowPrivate: true, ownServices: () => [], ownAddresses: () => [], resolve, resolveOwn: resolve },
      ...policy,
    },
    schedule,
    lookup: await EventLookup.open(connection, new SealedEvents(TEST_KEYS)),
    results: new EventResults(store, OUTPUTS, TEST_KEYS),
    addresses: new EventAddresses(SECRET),
    log: options.log ?? (() => undefined),
  });
}
