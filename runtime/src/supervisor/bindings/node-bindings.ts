/**
 * Carries out what functions ask of their bindings, with the supervisor's own connections to NATS and the store. What they
 * ask of the outside is the broker's (see `../egress`), a process of its own.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import type { StorageRoom } from '@sovfn/bus';
import { ProtocolError } from '@sovfn/protocol';
import type { AskHandler } from '../../asks/ask.ts';
import { CellAsks } from '../../asks/cell-asks.ts';
import type { CellLink } from '../../asks/open-ask.ts';
import type { AskKind } from '../../bridge/asks.ts';
import type { NodeKeys } from '../keys/node-keys.ts';
import { type BucketPlace, makeBucketHandler } from './bucket.ts';
import type { BindingHandler, Grants } from './grants.ts';
import { makeHmac } from './hmac.ts';
import { makeKvHandler } from './kv.ts';
import { makeQueueHandler } from './queue.ts';
import { makeServiceHandler } from './service.ts';

export interface NodeBindingsOptions {
  readonly connection: NatsConnection;
  readonly keys: NodeKeys;
  readonly storageRoom: StorageRoom;
  /** Null when the configuration names no bucket for functions. */
  readonly bucket: BucketPlace | null;
  readonly onDefect: (kind: AskKind, error: unknown) => void;
}

export interface AskingCell {
  readonly zone: string;
  readonly tenant: string;
  readonly link: CellLink;
  /** Of a version that the cell has been sent; null for every other one. */
  readonly grantsOf: (name: string, version: string) => Grants | null;
}

export class NodeBindings {
  readonly #handlers: Readonly<Record<Exclude<AskKind, 'fetch'>, BindingHandler>>;
  readonly #onDefect: NodeBindingsOptions['onDefect'];

  constructor({ connection, keys, storageRoom, bucket, onDefect }: NodeBindingsOptions) {
    this.#onDefect = onDefect;
    this.#handlers = {
      kv: makeKvHandler({ connection, keys, storageRoom }),
      bucket: makeBucketHandler(bucket, storageRoom),
      queue: makeQueueHandler({ connection, keys, storageRoom }),
      service: makeServiceHandler(connection),
      hmac: makeHmac,
    };
  }

  /** An ask is carried out with the rights of a version that the supervisor has sent to this very cell, or not at all. */
  attach({ zone, tenant, link, grantsOf }: AskingCell): CellAsks {
    return new CellAsks({
      link,
      accept: ({ function: name, version, kind }) => {
        const grants = grantsOf(name, version);
        if (grants === null) throw new ProtocolError(`a cell asked for "${name}" ${version}, which it was never sent`);
        return { from: { zone, tenant, function: name, version }, handler: this.#handlerOf(kind, grants) };
      },
      onDefect: this.#onDefect,
    });
  }

  #handlerOf(kind: AskKind, grants: Grants): AskHandler {
    if (kind === 'fetch') throw new ProtocolError('a cell asked its supervisor to fetch, which is for the broker');
    const handler = this.#handlers[kind];
    return (ask) => handler({ ...ask, grants });
  }
}
