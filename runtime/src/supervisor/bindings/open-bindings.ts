/**
 * The bindings of functions for whoever holds a node's configuration, such as a tool for tests: what a function's own
 * asks run through, without a cell.
 */
import { connectBus, StorageRoom } from '@sovfn/bus';
import { type FunctionConfig, inboxPrefix } from '@sovfn/protocol';
import { openStore } from '@sovfn/store';
import type { BucketHead, KvHead, QueueHead } from '../../bridge/asks.ts';
import { readConfig, readSecrets } from '../config.ts';
import { NodeKeys } from '../keys/node-keys.ts';
import type { Asker, BrokerAnswer } from '../../asks/ask.ts';
import { PlacedSecrets } from '../secrets/placed-secrets.ts';
import { NO_SECRETS } from '../secrets/secret-reader.ts';
import { makeBucketHandler } from './bucket.ts';
import type { BindingHandler, Grants } from './grants.ts';
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
  const handlers: Readonly<Record<BindingAsk['kind'], BindingHandler>> = {
    kv: makeKvHandler({ connection, keys, storageRoom }),
    bucket: makeBucketHandler(place, storageRoom),
    queue: makeQueueHandler({ connection, keys, storageRoom }),
  };
  const owned = resources.move();
  return {
    carryOut: (owner, { kind, head }, body) => {
      const from = askerOf(owner);
      const call = {
        invocation: null,
        depth: 0,
        trace: null,
        hold: () => undefined,
        signal: new AbortController().signal,
      };
      return handlers[kind]({ head, body, from, grants: grantsOf(owner), ...call });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function askerOf({ tenant, version, config }: BindingOwner): Asker {
  return { zone: config.residency, tenant, function: config.name, version };
}

function grantsOf({ config }: BindingOwner): Grants {
  const secrets = new PlacedSecrets([], NO_SECRETS);
  return { egress: [], bindings: new Map(Object.entries(config.bindings)), secrets };
}
