import type { NatsConnection } from '@nats-io/transport-node';
import type { ReachPolicy, ServiceAddress } from '@sovfn/protocol/addresses';
import type { GatewayConfig } from '../../config.ts';
import type { SealedEvents } from '../sealed-events.ts';
import { CALLBACK_ACK_MS, CallbackQueue } from './callback-queue.ts';
import { callbackReach } from './callback-reach.ts';
import { CallbackRules } from './callback-rules.ts';
import { delayBefore } from './callback-schedule.ts';
import { CallbackSender, type CallbackSenderOptions } from './callback-sender.ts';
import { CallbackKeys } from './callback-signature.ts';

export interface CallbacksOptions {
  readonly config: GatewayConfig;
  readonly connection: NatsConnection;
  readonly sealed: SealedEvents;
  /** One that all gateways of the platform have, and nobody else. */
  readonly secret: string;
}

/** What a gateway needs of callbacks: what may be asked for, how they are signed, where they wait, and the sending. */
export class Callbacks {
  readonly rules: CallbackRules;
  readonly keys: CallbackKeys;
  readonly queue: CallbackQueue;
  readonly #policy: ReachPolicy;
  #listening: readonly ServiceAddress[] = [];

  constructor({ config, connection, sealed, secret }: CallbacksOptions) {
    this.#policy = callbackReach(config, () => this.#listening);
    this.rules = new CallbackRules(this.#policy);
    this.keys = new CallbackKeys(secret);
    this.queue = new CallbackQueue(connection, CALLBACK_ACK_MS, sealed);
  }

  /** To be called once the gateway's ports are open: no callback may reach these. Whoever starts it disposes it. */
  async startSending(
    listening: readonly ServiceAddress[],
    options: Pick<CallbackSenderOptions, 'zones' | 'lookup' | 'results' | 'addresses' | 'log'>,
  ): Promise<CallbackSender> {
    this.#listening = listening;
    const { queue, keys } = this;
    return CallbackSender.start({ ...options, queue, keys, policy: this.#policy, schedule: delayBefore });
  }
}
