/**
 * Gives nodes the data keys that they need for tenants whose functions run in their zones: of values (kv), queues, logs and
 * bundles; never of events, outputs or secrets. One request, one key, sealed for a key that the node made for it.
 *
 * Only a supervisor of a zone can publish on `key.<zone>.<node>`, so the subject proves zone and node.
 * Not guaranteed: that the node runs a function of the tenant now. Hostile: the request.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { type FunctionRegistry, sealFor } from '@sovfn/bus';
import type { DataKeySource } from '@sovfn/bus/encryption';
import {
  type DataKeyRequest,
  dataKeyRequestSchema,
  type SealedAnswer,
  dataKeysContext,
  type GrantedDataKey,
  PROTOCOL_VERSION,
  SERVICE_QUEUE,
  SovfnError,
  zoneDataKeysSubject,
} from '@sovfn/protocol';
import type { Log } from '../logger.ts';
import { askerOf, type NodeInZone, NodeRequests } from '../node-requests.ts';
import { logKeyGranted, logKeyRefused } from './events.ts';

export interface KeyGrantsOptions {
  readonly connection: NatsConnection;
  readonly zones: readonly string[];
  readonly registry: FunctionRegistry;
  readonly keys: DataKeySource;
  /** How long a node may use a key without asking again. Milliseconds. */
  readonly cacheMs: number;
  readonly log: Log;
}

export class KeyGrants {
  readonly #options: KeyGrantsOptions;
  readonly #requests: NodeRequests<DataKeyRequest>;

  constructor(options: KeyGrantsOptions) {
    this.#options = options;
    const { connection, zones, log } = options;
    this.#requests = new NodeRequests({
      ...{ connection, subjects: zones.map(zoneDataKeysSubject), queue: SERVICE_QUEUE },
      ...{ what: 'a data key', failed: 'the data key could not be granted', schema: dataKeyRequestSchema },
      answer: (request, subject) => this.#answer(request, askerOf(subject)),
      onRefused: (subject, error) => logKeyRefused(log, askerOf(subject).node, error),
    });
  }

  async close(): Promise<void> {
    await this.#requests.close();
  }

  async #answer(request: DataKeyRequest, { zone, node }: NodeInZone): Promise<SealedAnswer> {
    const response = await this.#grant(zone, node, request);
    logKeyGranted(this.#options.log, { node, tenant: request.tenant, purpose: request.purpose });
    return response;
  }

  async #grant(zone: string, node: string, request: DataKeyRequest): Promise<SealedAnswer> {
    this.#assertRuns(zone, request.tenant);
    const { tenant, purpose, generation } = request;
    const { keys, cacheMs } = this.#options;
    const key = await (generation === null ? keys.newest(tenant, purpose) : keys.get({ tenant, purpose, generation }));
    const granted: GrantedDataKey = {
      generation: key.name.generation,
      key: key.secret.export().toString('base64'),
      forMs: cacheMs,
    };
    const plaintext = Buffer.from(JSON.stringify(granted));
    return { v: PROTOCOL_VERSION, sealed: sealFor(request.publicKey, plaintext, dataKeysContext(zone, node, request)) };
  }

  #assertRuns(zone: string, tenant: string): void {
    for (const record of this.#options.registry.all()) {
      if (record.tenant === tenant && record.versions.some(({ facts }) => facts.zone === zone)) return;
    }
    throw new SovfnError('forbidden', `zone "${zone}" runs no function of the tenant "${tenant}"`, {
      hint: 'The node asks again with the next call, if the function was deployed a moment ago.',
    });
  }
}
