/**
 * Gives nodes the data keys that they need for tenants whose functions run in their zones: of values (kv), queues, logs and
 * bundles; never of events, outputs or secrets. One request, one key, sealed for a key that the node made for it.
 *
 * Only a supervisor of a zone can publish on `key.<zone>.<node>`, so the subject proves zone and node.
 * Not guaranteed: that the node runs a function of the tenant now. Hostile: the request.
 */
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { type FunctionRegistry, sealFor } from '@sovfn/bus';
import type { DataKeySource } from '@sovfn/bus/encryption';
import {
  type DataKeyRequest,
  dataKeyRequestSchema,
  type DataKeyResponse,
  dataKeysContext,
  type GrantedDataKey,
  isSovfnError,
  PROTOCOL_VERSION,
  SERVICE_QUEUE,
  SovfnError,
  zoneDataKeysSubject,
} from '@sovfn/protocol';
import { z } from 'zod';
import { problemOfError } from '../http/problem.ts';
import type { Log } from '../logger.ts';
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
  readonly #subscriptions: readonly Subscription[];

  constructor(options: KeyGrantsOptions) {
    this.#options = options;
    this.#subscriptions = options.zones.map((zone) =>
      options.connection.subscribe(zoneDataKeysSubject(zone), {
        queue: SERVICE_QUEUE,
        callback: (error, message) => {
          if (error === null) void this.#answer(zone, message);
        },
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.drain()));
  }

  /** Never rejects. */
  async #answer(zone: string, message: Msg): Promise<void> {
    const node = message.subject.slice(message.subject.lastIndexOf('.') + 1);
    const { log } = this.#options;
    try {
      const request = parseRequest(message);
      message.respond(JSON.stringify(await this.#grant(zone, node, request)));
      logKeyGranted(log, { node, tenant: request.tenant, purpose: request.purpose });
    } catch (error) {
      logKeyRefused(log, node, error);
      message.respond(JSON.stringify(problemOfError(asRefusal(error), null)));
    }
  }

  async #grant(zone: string, node: string, request: DataKeyRequest): Promise<DataKeyResponse> {
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

function parseRequest(message: Msg): DataKeyRequest {
  const parsed = dataKeyRequestSchema.safeParse(parseJson(message));
  if (parsed.success) return parsed.data;
  throw new SovfnError('bad-message', `a request for a data key is malformed: ${z.prettifyError(parsed.error)}`);
}

function parseJson(message: Msg): unknown {
  try {
    return message.json();
  } catch (cause) {
    throw new SovfnError('bad-message', 'a request for a data key is not JSON', { cause });
  }
}

function asRefusal(error: unknown): SovfnError {
  if (isSovfnError(error)) return error;
  return new SovfnError('internal-error', 'the data key could not be granted', { cause: error });
}
