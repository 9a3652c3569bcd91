/**
 * The controller's part of making a cell: a supervisor sends the public key of a cell, and gets a user JWT that lets
 * exactly this key serve one tenant in one zone for twelve hours. The seed of the account never leaves the gateway.
 *
 * Only a supervisor can publish on its own `cred.<node>`, so the subject proves which node asks. Not proved: that the
 * node may serve the zone; the gateway knows only its own zones, so it grants nothing outside of those.
 * Hostile: the request.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { issueUserJwt } from '@sovfn/bus';
import {
  allCredentialsSubject,
  cellPermissions,
  type CredentialRequest,
  credentialRequestSchema,
  type CredentialResponse,
  PROTOCOL_VERSION,
  SovfnError,
} from '@sovfn/protocol';
import { logCredentialIssued, logCredentialRefused } from '../events.ts';
import type { Log } from '../logger.ts';
import { NodeRequests } from '../node-requests.ts';

export interface CredentialIssuerOptions {
  readonly connection: NatsConnection;
  readonly accountSeed: string;
  readonly zones: readonly string[];
  readonly log: Log;
}

/** One of several gateways answers. */
const CONTROLLER_QUEUE = 'controller';
const VALID_MS = 12 * 60 * 60 * 1_000;

export class CredentialIssuer {
  readonly #options: CredentialIssuerOptions;
  readonly #requests: NodeRequests<CredentialRequest>;

  constructor(options: CredentialIssuerOptions) {
    this.#options = options;
    const { connection, log } = options;
    this.#requests = new NodeRequests({
      ...{ connection, subjects: [allCredentialsSubject()], queue: CONTROLLER_QUEUE },
      ...{ what: 'a credential', failed: 'the credential could not be issued', schema: credentialRequestSchema },
      answer: (request, subject) => this.#answer(request, nodeOf(subject)),
      onRefused: (subject, error) => logCredentialRefused(log, nodeOf(subject), error),
    });
  }

  /** Takes no further requests and answers those it has. */
  async close(): Promise<void> {
    await this.#requests.close();
  }

  async #answer(request: CredentialRequest, node: string): Promise<CredentialResponse> {
    const response = await this.#issue(request);
    logCredentialIssued(this.#options.log, { node, zone: request.zone, tenant: request.tenant, cell: request.cell });
    return response;
  }

  async #issue({ zone, tenant, cell, publicKey }: CredentialRequest): Promise<CredentialResponse> {
    const { accountSeed, zones } = this.#options;
    if (!zones.includes(zone)) {
      throw new SovfnError('forbidden', `this gateway grants nothing in the zone "${zone}"`, {
        hint: `It knows: ${zones.join(', ')}.`,
      });
    }
    const expiresAt = new Date(Date.now() + VALID_MS);
    const permissions = cellPermissions(zone, tenant, cell);
    const jwt = await issueUserJwt({ accountSeed, publicKey, name: `cell ${cell}`, permissions, expiresAt });
    return { v: PROTOCOL_VERSION, jwt, expiresAt: expiresAt.toISOString() };
  }
}

/** Of `cred.<node>`. */
const nodeOf = (subject: string): string => subject.slice(subject.indexOf('.') + 1);
