import { SovfnError } from '@sovfn/protocol';
import { closest, distance } from 'fastest-levenshtein';
import type { Destination } from '../http/function-exchange.ts';
import type { RequestTarget } from '../http/request-target.ts';
import type { DeployedFunction, DeployedFunctions } from './deployed-functions.ts';

/** The public addresses of a gateway. */
export interface Addressing {
  readonly functions: DeployedFunctions;
  readonly tenant: string;
  /** Null: functions have no host names. */
  readonly baseDomain: string | null;
}

const FUNCTIONS_PREFIX = '/fn/';
const HOST_SEPARATOR = '--';
const LARGEST_TYPING_ERROR = 3;

/**
 * Where a request goes: by host name, by `/fn/<function>`, or by a route. Null when nothing claims the address. Throws
 * `function-not-found`, with the nearest name, for an address that names a function there is not.
 *
 * Under `/fn/<function>` a function sees the rest of the path, so it can be written without knowing its name; by host
 * name and by route it sees the path as the caller wrote it.
 */
export function findDestination(target: RequestTarget, at: Addressing): Destination | null {
  const byHost = at.baseDomain === null ? null : findByHost(target, at, at.baseDomain);
  if (byHost !== null) return byHost;
  if (target.path.startsWith(FUNCTIONS_PREFIX)) return findByPrefix(target, at);
  const to = at.functions.byRoute(target.path);
  return to === null
    ? null
    : { to, host: target.host, url: `http://${target.host}${target.path}${target.query}`, basePath: '' };
}

/** The function that a path segment names, as in `/fn/<segment>`. Throws `function-not-found`, with the nearest name. */
export function findSegment(segment: string, at: Addressing): DeployedFunction {
  const to = at.functions.bySegment(segment);
  if (to === null) throw unknownSegment(segment, at);
  return to;
}

/** Does the host name a function, whether there is one or not? */
export function isFunctionHost({ host }: RequestTarget, { baseDomain }: Addressing): boolean {
  return baseDomain !== null && functionLabel(host, baseDomain) !== null;
}

function findByPrefix(target: RequestTarget, at: Addressing): Destination {
  const { host, path, query } = target;
  const end = path.indexOf('/', FUNCTIONS_PREFIX.length);
  const segment = end < 0 ? path.slice(FUNCTIONS_PREFIX.length) : path.slice(FUNCTIONS_PREFIX.length, end);
  const to = at.functions.bySegment(segment) ?? findPreview(segment, at) ?? findSegment(segment, at);
  const rest = end < 0 ? '/' : path.slice(end);
  return { to, host, url: `http://${host}${rest}${query}`, basePath: to.basePath };
}

/** Null for a segment without a version. Throws `version-not-found`, for a wrong code as for a version there never was. */
function findPreview(segment: string, at: Addressing): DeployedFunction | null {
  if (!segment.includes('@')) return null;
  const to = at.functions.byPreview(segment);
  if (to !== null) return to;
  throw new SovfnError('version-not-found', `${JSON.stringify(segment.slice(0, 150))} is no address of a version`, {
    hint: 'sovfn versions <function> shows the addresses of those that are kept.',
  });
}

/** `<function>--<tenant>.<base domain>`. Names hold no hyphen at their ends, so the last `--` is the separator. */
function findByHost(target: RequestTarget, at: Addressing, baseDomain: string): Destination | null {
  const { host, path, query } = target;
  const label = functionLabel(host, baseDomain);
  if (label === null) return null;
  const separatorAt = label.lastIndexOf(HOST_SEPARATOR);
  const [functionName, tenant] = [label.slice(0, separatorAt), label.slice(separatorAt + HOST_SEPARATOR.length)];
  const to = at.functions.get(tenant, functionName);
  if (to === null) throw notFound(functionName, tenant, at.functions);
  return { to, host, url: `http://${host}${path}${query}`, basePath: '' };
}

/** What stands before the base domain, when it is `<function>--<tenant>`. */
function functionLabel(host: string, baseDomain: string): string | null {
  const name = host.replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
  if (!name.endsWith(`.${baseDomain}`)) return null;
  const label = name.slice(0, -baseDomain.length - 1);
  return label.includes(HOST_SEPARATOR) ? label : null;
}

function unknownSegment(segment: string, at: Addressing): SovfnError {
  const separatorAt = segment.indexOf(':');
  if (separatorAt < 0) return notFound(segment, at.tenant, at.functions);
  return notFound(segment.slice(separatorAt + 1), segment.slice(0, separatorAt), at.functions);
}

function notFound(name: string, tenant: string, functions: DeployedFunctions): SovfnError {
  const shown = JSON.stringify(name.slice(0, 100));
  const nearest = nearestName(name.slice(0, 100), functions.names(tenant));
  return new SovfnError(
    'function-not-found',
    `there is no function ${shown} in tenant ${JSON.stringify(tenant.slice(0, 100))}`,
    {
      hint: nearest === null ? 'sovfn list shows the functions that are deployed.' : `Did you mean "${nearest}"?`,
      facts: { nearest },
    },
  );
}

function nearestName(name: string, names: readonly string[]): string | null {
  if (names.length === 0) return null;
  const nearest = closest(name, names);
  return distance(name, nearest) <= LARGEST_TYPING_ERROR ? nearest : null;
}
