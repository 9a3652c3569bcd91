/** Every command, in the order in which help shows them. A command's file is loaded only when it is needed. */
import type { AnyCommand } from '../command.ts';
import type { PlainMessageKey } from '../language.ts';

export interface CommandEntry {
  readonly section: 'function' | 'events' | 'platform' | 'general';
  readonly summary: PlainMessageKey;
  readonly load: () => Promise<AnyCommand>;
  /** Begins what takes a while and will be needed, before the command itself is loaded. */
  readonly prepare?: () => Promise<void>;
}

/** By name: one word, or two for a command of a group (`outputs list`). */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  up: { section: 'platform', summary: 'up.summary', load: async () => (await import('./up.ts')).up },
  down: { section: 'platform', summary: 'down.summary', load: async () => (await import('./down.ts')).down },
  node: { section: 'platform', summary: 'node.summary', load: async () => (await import('./node.ts')).node },
  'nodes list': {
    section: 'platform',
    summary: 'nodes.list.summary',
    load: async () => (await import('./nodes-list.ts')).nodesList,
  },
  'nodes show': {
    section: 'platform',
    summary: 'nodes.show.summary',
    load: async () => (await import('./nodes-show.ts')).nodesShow,
  },
  'nodes add': {
    section: 'platform',
    summary: 'nodes.add.summary',
    load: async () => (await import('./nodes-add.ts')).nodesAdd,
  },
  'nodes drain': {
    section: 'platform',
    summary: 'nodes.drain.summary',
    load: async () => (await import('./nodes-drain.ts')).nodesDrain,
  },
  'nodes remove': {
    section: 'platform',
    summary: 'nodes.remove.summary',
    load: async () => (await import('./nodes-remove.ts')).nodesRemove,
  },
  'zones list': {
    section: 'platform',
    summary: 'zones.list.summary',
    load: async () => (await import('./zones-list.ts')).zonesList,
  },
  'zones show': {
    section: 'platform',
    summary: 'zones.show.summary',
    load: async () => (await import('./zones-show.ts')).zonesShow,
  },
  'zones add': {
    section: 'platform',
    summary: 'zones.add.summary',
    load: async () => (await import('./zones-add.ts')).zonesAdd,
  },
  login: { section: 'platform', summary: 'login.summary', load: async () => (await import('./login.ts')).login },
  logout: { section: 'platform', summary: 'logout.summary', load: async () => (await import('./logout.ts')).logout },
  'tokens create': {
    section: 'platform',
    summary: 'tokens.create.summary',
    load: async () => (await import('./tokens-create.ts')).tokensCreate,
  },
  'tokens list': {
    section: 'platform',
    summary: 'tokens.list.summary',
    load: async () => (await import('./tokens-list.ts')).tokensList,
  },
  'tokens rotate': {
    section: 'platform',
    summary: 'tokens.rotate.summary',
    load: async () => (await import('./tokens-rotate.ts')).tokensRotate,
  },
  'tokens revoke': {
    section: 'platform',
    summary: 'tokens.revoke.summary',
    load: async () => (await import('./tokens-revoke.ts')).tokensRevoke,
  },
  'tenants create': {
    section: 'platform',
    summary: 'tenants.create.summary',
    load: async () => (await import('./tenants-create.ts')).tenantsCreate,
  },
  'tenants list': {
    section: 'platform',
    summary: 'tenants.list.summary',
    load: async () => (await import('./tenants-list.ts')).tenantsList,
  },
  'tenants show': {
    section: 'platform',
    summary: 'tenants.show.summary',
    load: async () => (await import('./tenants-show.ts')).tenantsShow,
  },
  'tenants set': {
    section: 'platform',
    summary: 'tenants.set.summary',
    load: async () => (await import('./tenants-set.ts')).tenantsSet,
  },
  'tenants erase': {
    section: 'platform',
    summary: 'tenants.erase.summary',
    load: async () => (await import('./tenants-erase.ts')).tenantsErase,
  },
  'tenants verify-erasure': {
    section: 'platform',
    summary: 'tenants.verify-erasure.summary',
    load: async () => (await import('./tenants-verify-erasure.ts')).tenantsVerifyErasure,
  },
  'support grant': {
    section: 'platform',
    summary: 'support.grant.summary',
    load: async () => (await import('./support-grant.ts')).supportGrant,
  },
  'support list': {
    section: 'platform',
    summary: 'support.list.summary',
    load: async () => (await import('./support-list.ts')).supportList,
  },
  'support revoke': {
    section: 'platform',
    summary: 'support.revoke.summary',
    load: async () => (await import('./support-revoke.ts')).supportRevoke,
  },
  'keys create': {
    section: 'platform',
    summary: 'keys.create.summary',
    load: async () => (await import('./keys-create.ts')).keysCreate,
  },
  'signers list': {
    section: 'platform',
    summary: 'signers.list.summary',
    load: async () => (await import('./signers-list.ts')).signersList,
  },
  'signers add': {
    section: 'platform',
    summary: 'signers.add.summary',
    load: async () => (await import('./signers-add.ts')).signersAdd,
  },
  'signers remove': {
    section: 'platform',
    summary: 'signers.remove.summary',
    load: async () => (await import('./signers-remove.ts')).signersRemove,
  },
  'signers require': {
    section: 'platform',
    summary: 'signers.require.summary',
    load: async () => (await import('./signers-require.ts')).signersRequire,
  },
  'audit list': {
    section: 'platform',
    summary: 'audit.list.summary',
    load: async () => (await import('./audit-list.ts')).auditList,
  },
  'audit verify': {
    section: 'platform',
    summary: 'audit.verify.summary',
    load: async () => (await import('./audit-verify.ts')).auditVerify,
  },
  'audit export': {
    section: 'platform',
    summary: 'audit.export.summary',
    load: async () => (await import('./audit-export.ts')).auditExport,
  },
  status: { section: 'platform', summary: 'status.summary', load: async () => (await import('./status.ts')).status },
  doctor: { section: 'platform', summary: 'doctor.summary', load: async () => (await import('./doctor.ts')).doctor },
  init: { section: 'function', summary: 'init.summary', load: async () => (await import('./init.ts')).init },
  export: {
    section: 'platform',
    summary: 'export.summary',
    load: async () => (await import('./export.ts')).exportTenant,
  },
  import: {
    section: 'function',
    summary: 'import.summary',
    load: async () => (await import('./import.ts')).importCommand,
  },
  dev: { section: 'function', summary: 'dev.summary', load: async () => (await import('./dev.ts')).dev },
  test: { section: 'function', summary: 'test.summary', load: async () => (await import('./test.ts')).test },
  deploy: {
    section: 'function',
    summary: 'deploy.summary',
    load: async () => (await import('./deploy.ts')).deploy,
    prepare: startEsbuild,
  },
  build: {
    section: 'function',
    summary: 'build.summary',
    load: async () => (await import('./build.ts')).build,
    prepare: startEsbuild,
  },
  sbom: { section: 'function', summary: 'sbom.summary', load: async () => (await import('./sbom.ts')).sbom },
  types: { section: 'function', summary: 'types.summary', load: async () => (await import('./types.ts')).types },
  list: { section: 'function', summary: 'list.summary', load: async () => (await import('./list.ts')).list },
  show: { section: 'function', summary: 'show.summary', load: async () => (await import('./show.ts')).show },
  versions: {
    section: 'function',
    summary: 'versions.summary',
    load: async () => (await import('./versions.ts')).versions,
  },
  rollback: {
    section: 'function',
    summary: 'rollback.summary',
    load: async () => (await import('./rollback.ts')).rollback,
  },
  promote: {
    section: 'function',
    summary: 'promote.summary',
    load: async () => (await import('./promote.ts')).promote,
  },
  split: { section: 'function', summary: 'split.summary', load: async () => (await import('./split.ts')).split },
  limits: { section: 'function', summary: 'limits.summary', load: async () => (await import('./limits.ts')).limits },
  invoke: { section: 'function', summary: 'invoke.summary', load: async () => (await import('./invoke.ts')).invoke },
  logs: { section: 'function', summary: 'logs.summary', load: async () => (await import('./logs.ts')).logs },
  metrics: {
    section: 'function',
    summary: 'metrics.summary',
    load: async () => (await import('./metrics.ts')).metrics,
  },
  'egress list': {
    section: 'function',
    summary: 'egress.list.summary',
    load: async () => (await import('./egress-list.ts')).egressList,
  },
  'countries list': {
    section: 'function',
    summary: 'countries.list.summary',
    load: async () => (await import('./countries-list.ts')).countriesList,
  },
  'countries accept': {
    section: 'function',
    summary: 'countries.accept.summary',
    load: async () => (await import('./countries-accept.ts')).countriesAccept,
  },
  'countries withdraw': {
    section: 'function',
    summary: 'countries.withdraw.summary',
    load: async () => (await import('./countries-withdraw.ts')).countriesWithdraw,
  },
  'outputs list': {
    section: 'function',
    summary: 'outputs.list.summary',
    load: async () => (await import('./outputs-list.ts')).outputsList,
  },
  'outputs get': {
    section: 'function',
    summary: 'outputs.get.summary',
    load: async () => (await import('./outputs-get.ts')).outputsGet,
  },
  'outputs verify': {
    section: 'function',
    summary: 'outputs.verify.summary',
    load: async () => (await import('./outputs-verify.ts')).outputsVerify,
  },
  'receipts get': {
    section: 'function',
    summary: 'receipts.get.summary',
    load: async () => (await import('./receipts-get.ts')).receiptsGet,
  },
  'receipts verify': {
    section: 'function',
    summary: 'receipts.verify.summary',
    load: async () => (await import('./receipts-verify.ts')).receiptsVerify,
  },
  'secrets set': {
    section: 'function',
    summary: 'secrets.set.summary',
    load: async () => (await import('./secrets-set.ts')).secretsSet,
  },
  'secrets list': {
    section: 'function',
    summary: 'secrets.list.summary',
    load: async () => (await import('./secrets-list.ts')).secretsList,
  },
  'secrets delete': {
    section: 'function',
    summary: 'secrets.delete.summary',
    load: async () => (await import('./secrets-delete.ts')).secretsDelete,
  },
  'callback-key': {
    section: 'function',
    summary: 'callback-key.summary',
    load: async () => (await import('./callback-key.ts')).callbackKey,
  },
  'webhook send': {
    section: 'function',
    summary: 'webhook.send.summary',
    load: async () => (await import('./webhook-send.ts')).webhookSend,
  },
  delete: {
    section: 'function',
    summary: 'delete.summary',
    load: async () => (await import('./delete.ts')).deleteFunction,
  },
  'events list': {
    section: 'events',
    summary: 'events.list.summary',
    load: async () => (await import('./events-list.ts')).eventsList,
  },
  'events show': {
    section: 'events',
    summary: 'events.show.summary',
    load: async () => (await import('./events-show.ts')).eventsShow,
  },
  'events replay': {
    section: 'events',
    summary: 'events.replay.summary',
    load: async () => (await import('./events-replay.ts')).eventsReplay,
  },
  'events cancel': {
    section: 'events',
    summary: 'events.cancel.summary',
    load: async () => (await import('./events-cancel.ts')).eventsCancel,
  },
  'events pause': {
    section: 'events',
    summary: 'events.pause.summary',
    load: async () => (await import('./events-pause.ts')).eventsPause,
  },
  'events resume': {
    section: 'events',
    summary: 'events.resume.summary',
    load: async () => (await import('./events-pause.ts')).eventsResume,
  },
  'events reconcile': {
    section: 'events',
    summary: 'events.reconcile.summary',
    load: async () => (await import('./events-reconcile.ts')).eventsReconcile,
  },
  'dlq list': {
    section: 'events',
    summary: 'dlq.list.summary',
    load: async () => (await import('./dlq-list.ts')).dlqList,
  },
  'dlq show': {
    section: 'events',
    summary: 'dlq.show.summary',
    load: async () => (await import('./dlq-show.ts')).dlqShow,
  },
  'dlq redrive': {
    section: 'events',
    summary: 'dlq.redrive.summary',
    load: async () => (await import('./dlq-redrive.ts')).dlqRedrive,
  },
  'dlq purge': {
    section: 'events',
    summary: 'dlq.purge.summary',
    load: async () => (await import('./dlq-purge.ts')).dlqPurge,
  },
  'schedules list': {
    section: 'events',
    summary: 'schedules.list.summary',
    load: async () => (await import('./schedules-list.ts')).schedulesList,
  },
  'schedules preview': {
    section: 'events',
    summary: 'schedules.preview.summary',
    load: async () => (await import('./schedules-preview.ts')).schedulesPreview,
  },
  'schedules run': {
    section: 'events',
    summary: 'schedules.run.summary',
    load: async () => (await import('./schedules-run.ts')).schedulesRun,
  },
  'schedules pause': {
    section: 'events',
    summary: 'schedules.pause.summary',
    load: async () => (await import('./schedules-pause.ts')).schedulesPause,
  },
  'schedules resume': {
    section: 'events',
    summary: 'schedules.resume.summary',
    load: async () => (await import('./schedules-pause.ts')).schedulesResume,
  },
  'schedules history': {
    section: 'events',
    summary: 'schedules.history.summary',
    load: async () => (await import('./schedules-history.ts')).schedulesHistory,
  },
  completion: {
    section: 'general',
    summary: 'completion.summary',
    load: async () => (await import('./completion.ts')).completion,
  },
  explain: { section: 'general', summary: 'explain.summary', load: async () => (await import('./explain.ts')).explain },
  version: { section: 'general', summary: 'version.summary', load: async () => (await import('./version.ts')).version },
};

/** Names of the commands of a group (`outputs` → `outputs list`, …); empty when there is no such group. */
export function commandsOfGroup(group: string): string[] {
  return Object.keys(COMMANDS).filter((name) => name.startsWith(`${group} `));
}

async function startEsbuild(): Promise<void> {
  (await import('@sovfn/builder/esbuild')).startEsbuild();
}
