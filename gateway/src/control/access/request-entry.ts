/** What the audit log says of a request: who asked for what, never what a body holds besides names and versions. */
import type { AuditDraft } from '@sovfn/bus';
import {
  type AuditDetails,
  auditText,
  documentDigest,
  isName,
  keyIdOf,
  type Scope,
  signedSignerListSchema,
} from '@sovfn/protocol';
import type { AuditTrail } from '../../audit/audit-trail.ts';
import type { AnyRoute, RouteRequest } from '../route.ts';
import { COUNTED_OPERATIONS, type Operation, PLATFORM_OPERATIONS, RECORDED_OPERATIONS } from './route-scopes.ts';

type AnyRequest = RouteRequest<unknown, unknown, unknown>;

const PLATFORM: Scope = 'platform:admin';
const SHOWN_KEY_ID = 12;

/**
 * Writes that a change is asked for, before it is made; resolves with the index of the entry. Throws `audit-unavailable`. A
 * read of what functions were given or gave is counted. Null: nothing that waits was written.
 */
export async function noteRequest(audit: AuditTrail, route: AnyRoute, request: AnyRequest): Promise<number | null> {
  const { operation } = route;
  if (RECORDED_OPERATIONS.has(operation)) return audit.record(draftOf(operation, request));
  if (COUNTED_OPERATIONS.has(operation)) audit.count(draftOf(operation, request));
  return null;
}

/** A change that was written down was not made. */
export function noteFailure(audit: AuditTrail, request: AnyRequest, of: number, code: string): void {
  const { tenant, actor } = request.grant;
  audit.count({ action: 'requestFailed', tenant, actor, details: { of, code } });
}

function draftOf(operation: Operation, { grant, params, query, body }: AnyRequest): AuditDraft {
  const { name, ...things } = params as Readonly<Record<string, string>>;
  const asked = { ...things, ...(query as object), ...detailsOfBody(operation, body) };
  const details = Object.entries(asked).flatMap(([key, value]) => (value === undefined ? [] : [[key, detail(value)]]));
  const about = [asked.tenant, operation === 'createTenant' ? asked.name : undefined].find(
    (text) => text !== undefined,
  );
  const isOther = grant.scopes.has(PLATFORM) && typeof about === 'string' && isName(about);
  const ofTenant = isOther ? about : grant.tenant;
  return {
    tenant: PLATFORM_OPERATIONS.has(operation) ? null : ofTenant,
    ...{ actor: grant.actor, action: operation, function: name ?? null },
    details: Object.fromEntries(details) as AuditDetails,
  };
}

/** Parts of bodies that name what is changed. */
const NAMED_IN_BODY: Partial<Record<Operation, readonly string[]>> = {
  deployFunction: ['version', 'acceptsEgress'],
  rollbackFunction: ['version'],
  promoteVersion: ['version'],
  splitVersions: ['version', 'percent'],
  createToken: ['name', 'tenant', 'function', 'role', 'scopes', 'expiresAt'],
  rotateToken: ['overlapMs'],
  createTenant: ['name', 'quotas'],
  setTenant: ['quotas'],
  announceErasure: ['noticeMs'],
  grantSupport: ['ttlMs', 'reason'],
  setEnrolment: ['state', 'zones'],
  nameZone: ['zone'],
};

function detailsOfBody(operation: Operation, body: unknown): Record<string, unknown> {
  if (operation === 'changeSigners') return detailsOfSigners(body);
  const parts = (NAMED_IN_BODY[operation] ?? []).map((key) => [key, (body as Record<string, unknown>)[key] ?? null]);
  const isSaid = ([, value]: unknown[]): boolean => value !== null && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(parts.filter(isSaid)) as Record<string, unknown>;
}

/** Who may sign from now on, each with the begin of its key's id; `list` is the digest of all of it. */
function detailsOfSigners(body: unknown): Record<string, unknown> {
  const { list, signer } = signedSignerListSchema.parse(body);
  const { number, isRequired, signers } = list;
  const namedBy = (isActive: boolean): string =>
    signers
      .filter((one) => one.isActive === isActive)
      .map(({ name, publicKey }) => `${name}:${keyIdOf(publicKey).slice(0, SHOWN_KEY_ID)}`)
      .join(' ');
  const retired = namedBy(false);
  const named = { signers: namedBy(true), ...(retired !== '' && { retired }) };
  return { number, isRequired, ...named, signedBy: keyIdOf(signer), list: documentDigest(list) };
}

function detail(value: unknown): string | number | null {
  if (value === null || typeof value === 'string') return value === null ? null : auditText(value);
  return Number.isSafeInteger(value) ? (value as number) : auditText(JSON.stringify(value));
}
