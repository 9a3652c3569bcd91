/**
 * Gives supervisors the secrets of the functions they run: one request, one answer, sealed for a key that the supervisor
 * made for it, so that no value is on the bus or in NATS in the clear.
 *
 * Only a supervisor of a zone can publish on `sec.<zone>.<node>`, so the subject proves zone and node. Granted are secrets
 * of functions that must run in that zone and have the version that is asked for.
 * Not guaranteed: that the node runs the function now; a node that may run it may know its secrets.
 * Hostile: the request.
 */
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { type FunctionRegistry, sealFor } from '@sovfn/bus';
import {
  type GrantedSecrets,
  isSovfnError,
  PROTOCOL_VERSION,
  secretsContext,
  type SecretsRequest,
  secretsRequestSchema,
  type SecretsResponse,
  SERVICE_QUEUE,
  SovfnError,
  zoneSecretsSubject,
} from '@sovfn/protocol';
import { z } from 'zod';
import { logSecretsGranted, logSecretsRefused } from '../events.ts';
import { problemOfError } from '../http/problem.ts';
import type { Log } from '../logger.ts';
import type { SecretStore } from './secret-store.ts';

export interface SecretGrantsOptions {
  readonly connection: NatsConnection;
  readonly zones: readonly string[];
  readonly registry: FunctionRegistry;
  readonly secrets: SecretStore;
  readonly log: Log;
}

export class SecretGrants {
  readonly #options: SecretGrantsOptions;
  readonly #subscriptions: readonly Subscription[];

  constructor(options: SecretGrantsOptions) {
    this.#options = options;
    this.#subscriptions = options.zones.map((zone) =>
      options.connection.subscribe(zoneSecretsSubject(zone), {
        queue: SERVICE_QUEUE,
        callback: (error, message) => {
          if (error === null) this.#answer(zone, message);
        },
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.drain()));
  }

  #answer(zone: string, message: Msg): void {
    const node = message.subject.slice(message.subject.lastIndexOf('.') + 1);
    const { log } = this.#options;
    try {
      const request = parseRequest(message);
      const { tenant, function: name, names } = request;
      message.respond(JSON.stringify(this.#grant(zone, node, request)));
      logSecretsGranted(log, { node, tenant, function: name, names });
    } catch (error) {
      logSecretsRefused(log, node, error);
      message.respond(JSON.stringify(problemOfError(asRefusal(error), null)));
    }
  }

  #grant(zone: string, node: string, request: SecretsRequest): SecretsResponse {
    this.#assertRuns(zone, request);
    const { secrets } = this.#options;
    const granted: GrantedSecrets = Object.fromEntries(
      request.names.map((name) => [name, secrets.current(request, name)]),
    );
    const plaintext = Buffer.from(JSON.stringify(granted));
    return {
      v: PROTOCOL_VERSION,
      sealed: sealFor(request.publicKey, plaintext, secretsContext(zone, node, request)),
    };
  }

  #assertRuns(zone: string, { tenant, function: name, version }: SecretsRequest): void {
    const record = this.#options.registry.get(tenant, name);
    if (record?.versions.some((entry) => entry.version === version && entry.facts.zone === zone)) return;
    throw new SovfnError('forbidden', `zone "${zone}" runs no version ${version} of "${name}" of tenant "${tenant}"`, {
      hint: 'The node asks again with the next call, if the function was deployed a moment ago.',
    });
  }
}

function parseRequest(message: Msg): SecretsRequest {
  const parsed = secretsRequestSchema.safeParse(parseJson(message));
  if (parsed.success) return parsed.data;
  throw new SovfnError('bad-message', `a request for secrets is malformed: ${z.prettifyError(parsed.error)}`);
}

function parseJson(message: Msg): unknown {
  try {
    return message.json();
  } catch (cause) {
    throw new SovfnError('bad-message', 'a request for secrets is not JSON', { cause });
  }
}

function asRefusal(error: unknown): SovfnError {
  if (isSovfnError(error)) return error;
  return new SovfnError('internal-error', 'the secrets could not be granted', { cause: error });
}
