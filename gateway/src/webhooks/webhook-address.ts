/** `/hooks/<function>/<name>`, and `/hooks/<tenant>:<function>/<name>` in any tenant: which webhook a request is for. */
import { SovfnError } from '@sovfn/protocol';
import { closest } from 'fastest-levenshtein';
import type { RequestTarget } from '../http/request-target.ts';
import type { DeployedFunction } from '../routes/deployed-functions.ts';
import { type Addressing, findSegment, isFunctionHost } from '../routes/find-destination.ts';
import type { Webhook } from './webhook.ts';

export interface WebhookDestination {
  readonly to: DeployedFunction;
  readonly webhook: Webhook;
  readonly host: string;
  /** As the function sees it: under `/hooks/<function>` it sees the rest, `/<name>` and the query. */
  readonly url: string;
  readonly basePath: string;
}

const PREFIX = '/hooks/';
const ADDRESS = /^\/hooks\/([^/]*)\/([^/]*)\/?$/;

/** Under the host name of a function all paths are the function's own. */
export function isWebhookAddress(target: RequestTarget, at: Addressing): boolean {
  return target.path.startsWith(PREFIX) && !isFunctionHost(target, at);
}

/** Throws `function-not-found` and `webhook-not-found`, with the nearest name. */
export function findWebhook({ host, path, query }: RequestTarget, at: Addressing): WebhookDestination {
  const [, segment = '', name = ''] = ADDRESS.exec(path) ?? [];
  if (segment === '') throw noAddress(path);
  const to = findSegment(segment, at);
  const webhook = to.webhooks.get(name);
  if (webhook === undefined) throw unknownWebhook(to, name);
  return { to, webhook, ...addressOf(to, webhook, host, query) };
}

export function unknownWebhook(to: Pick<DeployedFunction, 'name' | 'webhooks'>, name: string): SovfnError {
  const names = [...to.webhooks.keys()];
  const nearest = names.length === 0 ? null : closest(name, names);
  const hint = nearest === null ? '"webhooks" in its sovfn.jsonc makes them.' : `Did you mean "${nearest}"?`;
  const shown = JSON.stringify(name.slice(0, 100));
  return new SovfnError('webhook-not-found', `the function "${to.name}" has no webhook ${shown}`, {
    hint,
    facts: { nearest },
  });
}

export function addressOf(
  to: DeployedFunction,
  { name }: Webhook,
  host: string,
  query: string,
): Pick<WebhookDestination, 'host' | 'url' | 'basePath'> {
  const basePath = hooksPath(to.basePath);
  return { host, url: `http://${host}/${name}${query}`, basePath };
}

/** Path of a webhook of the function whose own path is `/fn/<function>`. */
export function webhookPath(functionPath: string, { name }: Pick<Webhook, 'name'>): string {
  return `${hooksPath(functionPath)}/${name}`;
}

function hooksPath(functionPath: string): string {
  return functionPath.replace(/^\/fn\//, PREFIX);
}

function noAddress(path: string): SovfnError {
  return new SovfnError('not-found', `nothing answers at ${JSON.stringify(path.slice(0, 200))}`, {
    hint: 'Webhooks answer at /hooks/<function>/<name of the webhook>.',
  });
}
