/** Functions as the control API shows and names them. */
import { type FunctionRecord, type FunctionSummary, SovfnError } from '@sovfn/protocol';
import { closest } from 'fastest-levenshtein';
import type { GatewayContext } from '../context.ts';
import type { PreviewOf } from '../routes/preview-address.ts';

/** The record of a function, or `function-not-found` with the name that comes nearest. */
export function requireFunction(context: GatewayContext, tenant: string, name: string): FunctionRecord {
  const record = context.registry.get(tenant, name);
  if (record === null) throw unknownFunction(context, tenant, name);
  return record;
}

export function unknownFunction(context: GatewayContext, tenant: string, name: string): SovfnError {
  const names = context.functions.names(tenant);
  const hint = names.length === 0 ? 'No function is deployed yet.' : `Did you mean "${closest(name, names)}"?`;
  return new SovfnError('function-not-found', `there is no function "${name}"`, { hint });
}

export function summarize(context: GatewayContext, record: FunctionRecord): FunctionSummary {
  const { name, current: version, deployedAt, manifest } = record;
  const { residency: zone, routes } = manifest.config;
  return { name, version, zone, deployedAt, routes, urls: functionUrls(context, record) };
}

/** Where a function answers: its own path first, then its routes. */
export function functionUrls(context: GatewayContext, record: FunctionRecord): string[] {
  const { publicUrl } = context;
  const deployed = context.functions.get(record.tenant, record.name);
  if (deployed === null) return [];
  return [`${publicUrl}${deployed.basePath}/`, ...deployed.routes.map((route) => publicUrl + route)];
}

/** Where one version answers, whatever the current one is. */
export function previewUrl({ publicUrl, functions }: GatewayContext, of: PreviewOf): string {
  return `${publicUrl}${functions.previewPath(of)}/`;
}
