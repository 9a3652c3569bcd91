/** What a token may do: scopes, and roles as named sets of them. */
import { z } from 'zod';

/** Each route of the control API needs one of these. */
export const SCOPES = [
  'functions:read',
  'deploy',
  'delete',
  'invoke',
  'logs:read',
  'outputs:read',
  'events:read',
  'events:write',
  'secrets:read',
  'secrets:write',
  'egress:read',
  'receipts:read',
  'metrics:read',
  'platform:read',
  'audit:read',
  'export',
  'tokens:write',
  'tenants:write',
  'nodes:write',
  'support:read',
  'platform:admin',
] as const;
export type Scope = (typeof SCOPES)[number];
export const scopeSchema = z.enum(SCOPES);

/** Of the operator: they reach beyond the tenant of a token, and are worth something on the operator's listener only. */
export const OPERATOR_SCOPES: ReadonlySet<Scope> = new Set([
  'tenants:write',
  'nodes:write',
  'support:read',
  'platform:admin',
]);

const OBSERVER: readonly Scope[] = ['functions:read', 'events:read', 'receipts:read', 'metrics:read', 'platform:read'];

/** Roles are looked up whenever a token is used: a role that is changed here changes for every token that has it. */
export const ROLES = {
  /** Everything in one tenant, its tokens included. */
  owner: SCOPES.filter((scope) => !OPERATOR_SCOPES.has(scope)),
  developer: [
    ...OBSERVER,
    'deploy',
    'delete',
    'invoke',
    'logs:read',
    'outputs:read',
    'events:write',
    'secrets:read',
    'secrets:write',
    'egress:read',
  ],
  /** Sees that functions run and how well; no secrets, no logs, nothing of what goes in or comes out. */
  observer: OBSERVER,
  auditor: ['functions:read', 'egress:read', 'receipts:read', 'platform:read', 'audit:read'],
  /**
   * Keeps the platform, its nodes and its tenants' quotas; reads nothing of a tenant but that its functions run, and, while the
   * tenant has agreed, what support needs.
   */
  operator: [...OBSERVER, 'tenants:write', 'nodes:write', 'support:read'],
} as const satisfies Record<string, readonly Scope[]>;
export type Role = keyof typeof ROLES;
export const ROLE_NAMES = Object.keys(ROLES) as [Role, ...Role[]];
export const roleSchema = z.enum(ROLE_NAMES);

/** Whoever may make tokens in all of a tenant may do there what they like: its owner, by whatever role. */
export function isOwner(of: {
  readonly role: Role | null;
  readonly scopes: readonly Scope[];
  readonly function: string | null;
}): boolean {
  return of.function === null && scopesOf(of.role, of.scopes).has('tokens:write');
}

/** What a role and further scopes allow together. */
export function scopesOf(role: Role | null, scopes: readonly Scope[]): ReadonlySet<Scope> {
  return new Set<Scope>([...(role === null ? [] : ROLES[role]), ...scopes]);
}
