/**
 * Makes a ready cell the cell of a tenant: a key of its own, a short-lived credential from the controller, a connection
 * to NATS that the supervisor opens and hands over, because a cell may connect to nothing itself.
 *
 * The seed of the key exists here and in the cell only; the controller sees the public half. The node holds no key that
 * could sign: what a cell may do is what the controller grants.
 */
import { type BusAddress, createUserKey } from '@sovfn/bus';
import { dial } from '@sovfn/bus/wire';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  type CredentialRequest,
  type CredentialResponse,
  credentialResponseSchema,
  credentialSubject,
  PROTOCOL_VERSION,
  SovfnError,
} from '@sovfn/protocol';
import { lost } from './cell-end.ts';
import type { CellProcess, OnCellMessage } from './cell-process.ts';

export interface AssignmentContext {
  readonly node: string;
  /** Reaches the controller. */
  readonly bus: NatsConnection;
  /** Where cells connect to. */
  readonly address: BusAddress;
}

export interface CellTenant {
  readonly zone: string;
  readonly tenant: string;
}

const CREDENTIAL_MS = 5_000;

/**
 * Assigns; resolves with the moment from which NATS refuses the cell. Throws SovfnError `not-started`, and then the
 * cell is dead.
 */
export async function assignCell(
  cell: CellProcess,
  to: CellTenant,
  context: AssignmentContext,
  onMessage: OnCellMessage,
): Promise<Date> {
  try {
    const { publicKey, seed } = createUserKey();
    const request = { v: PROTOCOL_VERSION, ...to, cell: cell.name, publicKey } as const;
    const credential = await requestCredential(request, context);
    const socket = await dial(context.address);
    await cell.assign({ node: context.node, ...to, jwt: credential.jwt, seed }, socket, onMessage);
    return new Date(credential.expiresAt);
  } catch (cause) {
    cell.kill(lost('could not be assigned'));
    throw new SovfnError('not-started', `no cell could be made for tenant "${to.tenant}": ${String(cause)}`, { cause });
  }
}

async function requestCredential(request: CredentialRequest, context: AssignmentContext): Promise<CredentialResponse> {
  const subject = credentialSubject(context.node);
  const reply = await context.bus.request(subject, JSON.stringify(request), { timeout: CREDENTIAL_MS });
  return credentialResponseSchema.parse(reply.json());
}
