/**
 * The controller's part of making a cell: a supervisor sends the public key of a cell, and gets a user JWT that lets
 * exactly this key serve one tenant in one zone for twelve hours. The seed of the account never leaves the gateway.
 *
 * Only a supervisor can publish on its own `cred.<node>`, so the subject proves which node asks. Not proved: that the
 * node may serve the zone; the gateway knows only its own zones, so it grants nothing outside of those.
 * Hostile: the request.
 */
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
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
import { z } from 'zod';
import { logCredentialIssued, logCredentialRefused } from '../events.ts';
import { problemOfError } from '../http/problem.ts';
import type { Log } from '../logger.ts';

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
  readonly #subscription: Subscription;
  readonly #open = new Set<Promise<void>>();

  constructor(options: CredentialIssuerOptions) {
    this.#options = options;
    this.#subscription = options.connection.subscribe(allCredentialsSubject(), {
      queue: CONTROLLER_QUEUE,
      callback: (_error, message) => this.#onRequest(message),
    });
  }

  /** Takes no further requests and answers those it has. */
  async close(): Promise<void> {
    await this.#subscription.drain();
    await Promise.all(this.#open);
  }

  #onRequest(message: Msg): void {
    const answering = this.#answer(message).finally(() => this.#open.delete(answering));
    this.#open.add(answering);
  }

  async #answer(message: Msg): Promise<void> {
    const node = message.subject.slice(message.subject.indexOf('.') + 1);
    try {
      const request = parseRequest(message);
      message.respond(JSON.stringify(await this.#issue(request)));
      logCredentialIssued(this.#options.log, { node, zone: request.zone, tenant: request.tenant, cell: request.cell });
    } catch (error) {
      logCredentialRefused(this.#options.log, node, error);
      message.respond(JSON.stringify(problemOfError(asRefusal(error), null)));
    }
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

function parseRequest(message: Msg): CredentialRequest {
  const parsed = credentialRequestSchema.safeParse(parseJson(message));
  if (parsed.success) return parsed.data;
  throw new SovfnError('bad-message', `a request for a credential is malformed: ${z.prettifyError(parsed.error)}`);
}

function parseJson(message: Msg): unknown {
  try {
    return message.json();
  } catch (cause) {
    throw new SovfnError('bad-message', 'a request for a credential is not JSON', { cause });
  }
}

function asRefusal(error: unknown): SovfnError {
  if (error instanceof SovfnError) return error;
  return new SovfnError('internal-error', 'the credential could not be issued', { cause: error });
}
