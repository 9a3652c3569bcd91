/**
 * The bindings of functions for whoever holds a node's configuration, such as a tool for tests: what a function's own
 * asks run through, without a cell.
 */
import { connectBus, StorageRoom } from '@sovfn/bus';
import { type FunctionConfig, inboxPrefix } from '@sovfn/protocol';
import { openStore } from '@sovfn/store';
import { Agent } from 'undici';
import type { BucketHead, KvHead, QueueHead } from '../../../bridge/asks.ts';
import { readConfig, readSecrets } from '../../config.ts';
import { NodeKeys } from '../../keys/node-keys.ts';
import type { Asker, AskHandler, BrokerAnswer } from '../ask.ts';
import { PlacedSecrets } from '../../secrets/placed-secrets.ts';
import { NO_SECRETS } from '../../secrets/secret-reader.ts';
import { EgressPolicy } from '../egress/policy.ts';
import { makeBucketHandler } from './bucket.ts';
import { makeKvHandler } from './kv.ts';
import { makeQueueHandler } from './queue.ts';

export type BindingAsk =
  | { readonly kind: 'kv'; readonly head: KvHead }
  | { readonly kind: 'bucket'; readonly head: BucketHead }
  | { readonly kind: 'queue'; readonly head: QueueHead };

/** The function whose binding is meant. */
export interface BindingOwner {
  readonly tenant: string;
  readonly version: string;
  readonly config: Pick<FunctionConfig, 'name' | 'residency' | 'bindings'>;
}

export interface OpenBindings extends AsyncDisposable {
  /** Throws AskError as the function's code would see it. */
  carryOut(owner: BindingOwner, ask: BindingAsk, body: Uint8Array | null): Promise<BrokerAnswer>;
}

/** `configFile`: the supervisor's. Throws what reading it and connecting throw. */
export async function openBindings(configFile: string): Promise<OpenBindings> {
  await using resources = new AsyncDisposableStack();
  const config = await readConfig(configFile);
  const { bus: credential, storeSecretKey: secretKey } = await readSecrets(config);
  const prefix = `${inboxPrefix('node')}.${config.node}`;
  const connecting = connectBus({ address: config.bus, credential, name: 'bindings', inboxPrefix: prefix });
  const connection = resources.adopt(await connecting, (open) => open.close());
  const { endpoint, accessKey, data: bucket, place: storePlace } = config.store;
  const store = resources.adopt(openStore({ ...endpoint, accessKey, secretKey }), (open) => open.close());
  const place = bucket === undefined ? null : { store, bucket, place: storePlace };
  const keys = new NodeKeys({ connection, node: config.node });
  const opening = StorageRoom.open(connection, () => undefined);
  const storageRoom = resources.adopt(await opening, (open) => open.close());
  const handlers: Readonly<Record<BindingAsk['kind'], AskHandler>> = {
    kv: makeKvHandler({ connection, keys, storageRoom }),
    bucket: makeBucketHandler(place, storageRoom),
    queue: makeQueueHandler({ connection, keys, storageRoom }),
  };
  const dispatcher = resources.adopt(new Agent(), (agent) => agent.close());
  const owned = resources.move();
  return {
    carryOut: (owner, { kind, head }, body) => {
      const from = askerOf(owner, dispatcher);
      const call = {
        invocation: null,
        depth: 0,
        trace: null,
        hold: () => undefined,
        signal: new AbortController().signal,
      };
      return handlers[kind]({ head, body, from, ...call });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function askerOf({ tenant, version, config }: BindingOwner, dispatcher: Agent): Asker {
  const { name, residency, bindings } = config;
  const secrets = new PlacedSecrets([], NO_SECRETS);
  const grants = { egress: new EgressPolicy(name, []), bindings: new Map(Object.entries(bindings)), secrets };
  return { zone: residency, tenant, function: name, version, grants, dispatcherFor: () => dispatcher };
}
