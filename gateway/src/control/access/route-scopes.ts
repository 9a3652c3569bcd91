/** Which scope each route of the control API needs, and which listeners serve it. A route that is not in this table cannot be defined. */
import { OPERATOR_SCOPES, type Scope } from '@sovfn/protocol';

/** By operation. `public`: without a token. */
export const ROUTE_SCOPES = {
  getOpenApi: 'public',
  showLogin: 'public',
  logIn: 'public',
  getStatus: 'platform:read',
  listNodes: 'platform:read',
  listZones: 'platform:read',
  scrapeMetrics: 'metrics:read',
  showMetrics: 'metrics:read',
  listFunctions: 'functions:read',
  showFunction: 'functions:read',
  showDeletion: 'functions:read',
  listVersions: 'functions:read',
  listCountries: 'functions:read',
  // It is a secret.
  showCallbackKey: 'secrets:write',
  deployFunction: 'deploy',
  showSigners: 'deploy',
  rollbackFunction: 'deploy',
  promoteVersion: 'deploy',
  splitVersions: 'deploy',
  endSplit: 'deploy',
  acceptCountry: 'deploy',
  withdrawCountry: 'deploy',
  deleteFunction: 'delete',
  invokeFunction: 'invoke',
  acceptEvent: 'invoke',
  sendWebhook: 'invoke',
  runSchedule: 'invoke',
  readLogs: 'logs:read',
  listOutputs: 'outputs:read',
  getOutput: 'outputs:read',
  getOutputBody: 'outputs:read',
  verifyOutput: 'outputs:read',
  showEvent: 'outputs:read',
  showDeadLetter: 'outputs:read',
  listEvents: 'events:read',
  listDeadLetters: 'events:read',
  listSchedules: 'events:read',
  showScheduleHistory: 'events:read',
  reconcile: 'events:read',
  reconcileFunction: 'events:read',
  replayEvent: 'events:write',
  replayEvents: 'events:write',
  cancelEvent: 'events:write',
  cancelEvents: 'events:write',
  pauseEvents: 'events:write',
  resumeEvents: 'events:write',
  redriveDeadLetter: 'events:write',
  redriveDeadLetters: 'events:write',
  purgeDeadLetter: 'events:write',
  purgeDeadLetters: 'events:write',
  pauseSchedule: 'events:write',
  resumeSchedule: 'events:write',
  listSecrets: 'secrets:read',
  setSecret: 'secrets:write',
  deleteSecret: 'secrets:write',
  // Everything at once, values of secrets included: no role but the owner's has it.
  exportCode: 'export',
  exportSecrets: 'export',
  exportEvent: 'export',
  listEgress: 'egress:read',
  getReceipt: 'receipts:read',
  listTokens: 'tokens:write',
  createToken: 'tokens:write',
  rotateToken: 'tokens:write',
  revokeToken: 'tokens:write',
  listTenants: 'tenants:write',
  createTenant: 'tenants:write',
  showTenant: 'tenants:write',
  setTenant: 'tenants:write',
  showErasure: 'tenants:write',
  announceErasure: 'tenants:write',
  cancelErasure: 'tenants:write',
  eraseTenant: 'platform:admin',
  listSigners: 'functions:read',
  // What may run is decided by those who may hand out access.
  changeSigners: 'tokens:write',
  // Consent is of those who may hand out access.
  grantSupport: 'tokens:write',
  listSupport: 'tokens:write',
  revokeSupport: 'tokens:write',
  listTenantSupport: 'tenants:write',
  supportListFunctions: 'support:read',
  supportShowFunction: 'support:read',
  supportReadLogs: 'support:read',
  supportListOutputs: 'support:read',
  supportGetOutput: 'support:read',
  supportGetOutputBody: 'support:read',
  supportListEvents: 'support:read',
  supportShowEvent: 'support:read',
  supportListDeadLetters: 'support:read',
  supportShowDeadLetter: 'support:read',
  setEnrolment: 'nodes:write',
  drainNode: 'nodes:write',
  nameZone: 'nodes:write',
  listAudit: 'audit:read',
  exportAudit: 'audit:read',
  readAuditLog: 'platform:admin',
} as const satisfies Record<string, Scope | 'public'>;

export type Operation = keyof typeof ROUTE_SCOPES;

/** The control API has two: one for tenants, one that only the operator can reach. */
export type Listener = 'tenant' | 'operator';

/** What tenants use and the operator needs, too: the first token of a tenant, and the audit log of all of them. */
const ON_BOTH_LISTENERS: ReadonlySet<Operation> = new Set<Operation>([
  'getOpenApi',
  'getStatus',
  'listNodes',
  'listZones',
  'listTokens',
  'createToken',
  'rotateToken',
  'revokeToken',
  'listAudit',
  'exportAudit',
]);

/** Routes with a scope of the operator are nowhere but on the operator's listener. */
export function isServedAt(listener: Listener, operation: Operation): boolean {
  if (ON_BOTH_LISTENERS.has(operation)) return true;
  const scope = ROUTE_SCOPES[operation];
  return (scope !== 'public' && OPERATOR_SCOPES.has(scope)) === (listener === 'operator');
}

/** Changes: the audit log has an entry before they are made, or they are not made. */
export const RECORDED_OPERATIONS: ReadonlySet<Operation> = new Set<Operation>([
  'deployFunction',
  'rollbackFunction',
  'promoteVersion',
  'splitVersions',
  'endSplit',
  'acceptCountry',
  'withdrawCountry',
  'deleteFunction',
  'setSecret',
  'deleteSecret',
  'replayEvents',
  'cancelEvents',
  'pauseEvents',
  'resumeEvents',
  'redriveDeadLetters',
  'purgeDeadLetter',
  'purgeDeadLetters',
  'pauseSchedule',
  'resumeSchedule',
  'createToken',
  'rotateToken',
  'revokeToken',
  'createTenant',
  'setTenant',
  'announceErasure',
  'cancelErasure',
  'eraseTenant',
  'grantSupport',
  'revokeSupport',
  'changeSigners',
  'setEnrolment',
  'drainNode',
  'nameZone',
  'exportAudit',
  'exportCode',
  'exportSecrets',
]);

/** Reads of what functions were given or gave, and what may come often: the audit log has how often, a moment later. */
export const COUNTED_OPERATIONS: ReadonlySet<Operation> = new Set<Operation>([
  'readLogs',
  'getOutput',
  'getOutputBody',
  'showEvent',
  'showDeadLetter',
  'showCallbackKey',
  'exportEvent',
  'replayEvent',
  'cancelEvent',
  'redriveDeadLetter',
  'sendWebhook',
  'runSchedule',
]);

/** Of the changes, those that are about no tenant. */
export const PLATFORM_OPERATIONS: ReadonlySet<Operation> = new Set<Operation>([
  'setEnrolment',
  'drainNode',
  'nameZone',
]);
