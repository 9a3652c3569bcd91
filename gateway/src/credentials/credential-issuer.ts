/**
 * The controller's part of making a cell: a supervisor sends the public key of a cell, and gets a user JWT that lets
 * exactly this key serve one tenant in one zone for twelve hours. The seed of the account never leaves the gateway.
 *
 * Only a supervisor can publish on its own `cred.<node>`, so the subject proves which node asks. One that was admitted from
 * another host gets cells of the zones that it serves, signed with its own signer: they end when it is removed. Not proved:
 * that a node which runs with the platform may serve the zone; it gets nothing outside of the gateway's own zones.
 * Hostile: the request.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { type Enrolments, issueUserJwt, nodeSigner } from '@sovfn/bus';
import {
  allCredentialsSubject,
  cellPermissions,
  type CredentialRequest,
  credentialRequestSchema,
  type CredentialResponse,
  type EnrolmentState,
  PROTOCOL_VERSION,
  SovfnError,
} from '@sovfn/protocol';
import { logCredentialIssued, logCredentialRefused } from '../events.ts';
import type { Log } from '../logger.ts';
import { NodeRequests } from '../node-requests.ts';

export interface CredentialIssuerOptions {
  readonly connection: NatsConnection;
  readonly accountSeed: string;
  readonly enrolments: Enrolments;
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
    const response = await this.#issue(request, node);
    logCredentialIssued(this.#options.log, { node, zone: request.zone, tenant: request.tenant, cell: request.cell });
    return response;
  }

  async #issue({ zone, tenant, cell, publicKey }: CredentialRequest, node: string): Promise<CredentialResponse> {
    const { accountSeed, enrolments, zones } = this.#options;
    const enrolled = enrolments.get(node);
    if (enrolled !== null) assertAdmitted(enrolled, zone);
    if (!zones.includes(zone)) {
      throw new SovfnError('forbidden', `this gateway grants nothing in the zone "${zone}"`, {
        hint: `It knows: ${zones.join(', ')}.`,
      });
    }
    const expiresAt = new Date(Date.now() + VALID_MS);
    const permissions = cellPermissions(zone, tenant, cell);
    const signerSeed = enrolled === null ? {} : { signerSeed: nodeSigner(accountSeed, node, enrolled.enrolment).seed };
    const grant = { accountSeed, ...signerSeed, publicKey, name: `cell ${cell}`, permissions, expiresAt };
    const jwt = await issueUserJwt(grant);
    return { v: PROTOCOL_VERSION, jwt, expiresAt: expiresAt.toISOString() };
  }
}

function assertAdmitted({ node, zones, state }: EnrolmentState, zone: string): void {
  if (state === 'admitted' && zones.includes(zone)) return;
  const serves = state === 'removed' ? 'was removed' : `serves ${zones.join(', ')}`;
  throw new SovfnError('forbidden', `node "${node}" ${serves}: it gets no cell in the zone "${zone}"`);
}

/** Of `cred.<node>`. */
const nodeOf = (subject: string): string => subject.slice(subject.indexOf('.') + 1);
