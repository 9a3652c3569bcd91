/** Versions of a function: which there are, and which of them answer. */
import {
  chooseVersionRequestSchema,
  type FunctionRecord,
  keyIdOf,
  PROTOCOL_VERSION,
  splitRequestSchema,
  type VersionChange,
  versionChangeSchema,
  type VersionEntry,
  versionListSchema,
  type VersionState,
  type VersionSummary,
} from '@sovfn/protocol';
import { logVersionsChanged } from '../events.ts';
import { previewUrl, requireFunction } from '../functions.ts';
import { functionParameters, noParameters } from '../parameters.ts';
import { type ControlContext, defineRoute, type Reply } from '../route.ts';

const CHANGE_BYTES = 4_096;
const CHANGE_ERRORS = ['function-not-found', 'version-not-found', 'deploy-conflict', 'bus-unavailable'] as const;
/** Of a version whose manifest is read again. */
const RELEASE_ERRORS = [
  ...CHANGE_ERRORS,
  'route-conflict',
  'unknown-zone',
  'store-out-of-zone',
  'signature-refused',
  'body-too-large',
  'store-unavailable',
] as const;

export const listVersions = defineRoute({
  method: 'get',
  path: '/v1/functions/{name}/versions',
  operation: 'listVersions',
  summary: 'List the versions of a function that can be called, each with the address that leads to it',
  params: functionParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The versions, newest first.', schema: versionListSchema }],
  errors: ['function-not-found'],
  async handle({ params, tenant }, context) {
    const record = requireFunction(context, tenant, params.name);
    const versions = record.versions.map((entry) => summarize(context, record, entry));
    return { json: { v: PROTOCOL_VERSION, function: params.name, split: record.split, versions } };
  },
});

export const rollbackFunction = defineRoute({
  method: 'post',
  path: '/v1/functions/{name}/rollback',
  operation: 'rollbackFunction',
  summary: 'Make an older version answer again, with its code, configuration, routes and schedules; a split ends',
  params: functionParameters,
  query: noParameters,
  body: { schema: chooseVersionRequestSchema, maxBytes: CHANGE_BYTES },
  answers: [{ kind: 'json', description: 'The version answers.', schema: versionChangeSchema }],
  errors: RELEASE_ERRORS,
  async handle({ params, body, tenant }, context) {
    return report(context, tenant, await context.versionChanges.rollback(tenant, params.name, body.version));
  },
});

export const promoteVersion = defineRoute({
  method: 'post',
  path: '/v1/functions/{name}/promote',
  operation: 'promoteVersion',
  summary: 'Make a version answer everybody, such as a preview or the one that has a share of the callers',
  params: functionParameters,
  query: noParameters,
  body: { schema: chooseVersionRequestSchema, maxBytes: CHANGE_BYTES },
  answers: [{ kind: 'json', description: 'The version answers.', schema: versionChangeSchema }],
  errors: RELEASE_ERRORS,
  async handle({ params, body, tenant }, context) {
    return report(context, tenant, await context.versionChanges.promote(tenant, params.name, body.version));
  },
});

export const splitVersions = defineRoute({
  method: 'put',
  path: '/v1/functions/{name}/split',
  operation: 'splitVersions',
  summary: 'Give a share of the callers to another version than the current one',
  params: functionParameters,
  query: noParameters,
  body: { schema: splitRequestSchema, maxBytes: CHANGE_BYTES },
  answers: [{ kind: 'json', description: 'The callers are divided.', schema: versionChangeSchema }],
  errors: [...CHANGE_ERRORS, 'signature-refused', 'body-too-large'],
  async handle({ params, body, tenant }, context) {
    return report(context, tenant, await context.versionChanges.split(tenant, params.name, body));
  },
});

export const endSplit = defineRoute({
  method: 'delete',
  path: '/v1/functions/{name}/split',
  operation: 'endSplit',
  summary: 'Give all callers to the current version again',
  params: functionParameters,
  query: noParameters,
  body: null,
  answers: [{ kind: 'json', description: 'The current version answers everybody.', schema: versionChangeSchema }],
  errors: CHANGE_ERRORS,
  async handle({ params, tenant }, context) {
    return report(context, tenant, await context.versionChanges.endSplit(tenant, params.name));
  },
});

function report({ log }: ControlContext, tenant: string, change: VersionChange): Reply {
  const { function: name, current, before, split } = change;
  logVersionsChanged(log, { tenant, function: name, current, before, splitWith: split?.version ?? null });
  return { json: change };
}

function summarize(context: ControlContext, record: FunctionRecord, entry: VersionEntry): VersionSummary {
  const { version, deployedAt, rolledBack, signature } = entry;
  const signer = signature === undefined ? null : keyIdOf(signature.signer);
  const { tenant, name } = record;
  const address = previewUrl(context, { tenant, name, version });
  return { version, state: stateOf(record, entry), deployedAt, rolledBack, signer, previewUrl: address };
}

function stateOf({ current, split }: FunctionRecord, { version, wasCurrent, rolledBack }: VersionEntry): VersionState {
  if (version === current) return 'current';
  if (version === split?.version) return 'split';
  if (rolledBack !== null) return 'rolled-back';
  return wasCurrent ? 'earlier' : 'preview';
}
