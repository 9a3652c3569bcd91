/**
 * Gives supervisors the secrets of the functions they run: one request, one answer, sealed for a key that the supervisor
 * made for it, so that no value is on the bus or in NATS in the clear.
 *
 * Only a supervisor of a zone can publish on `sec.<zone>.<node>`, so the subject proves zone and node. Granted are secrets
 * of functions that must run in that zone and have the version that is asked for.
 * Not guaranteed: that the node runs the function now; a node that may run it may know its secrets.
 * Hostile: the request.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { type FunctionRegistry, sealFor } from '@sovfn/bus';
import {
  type GrantedSecrets,
  PROTOCOL_VERSION,
  secretsContext,
  type SecretsRequest,
  secretsRequestSchema,
  type SealedAnswer,
  SERVICE_QUEUE,
  SovfnError,
  zoneSecretsSubject,
} from '@sovfn/protocol';
import { logSecretsGranted, logSecretsRefused } from '../events.ts';
import type { Log } from '../logger.ts';
import { askerOf, type NodeInZone, NodeRequests } from '../node-requests.ts';
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
  readonly #requests: NodeRequests<SecretsRequest>;

  constructor(options: SecretGrantsOptions) {
    this.#options = options;
    const { connection, zones, log } = options;
    this.#requests = new NodeRequests({
      ...{ connection, subjects: zones.map(zoneSecretsSubject), queue: SERVICE_QUEUE },
      ...{ what: 'secrets', failed: 'the secrets could not be granted', schema: secretsRequestSchema },
      answer: (request, subject) => this.#answer(request, askerOf(subject)),
      onRefused: (subject, error) => logSecretsRefused(log, askerOf(subject).node, error),
    });
  }

  async close(): Promise<void> {
    await this.#requests.close();
  }

  async #answer(request: SecretsRequest, { zone, node }: NodeInZone): Promise<SealedAnswer> {
    const response = await this.#grant(zone, node, request);
    const { tenant, function: name, names } = request;
    logSecretsGranted(this.#options.log, { node, tenant, function: name, names });
    return response;
  }

  async #grant(zone: string, node: string, request: SecretsRequest): Promise<SealedAnswer> {
    this.#assertRuns(zone, request);
    const { secrets } = this.#options;
    const entries = request.names.map(async (name) => [name, await secrets.current(request, name)] as const);
    const granted: GrantedSecrets = Object.fromEntries(await Promise.all(entries));
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
