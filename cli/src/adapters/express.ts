/** Runs in isolates: Web APIs only. See `types/express.d.ts`. */
import type { ExpressErrorHandler, ExpressHandler, ExpressRequest } from '../../types/express.d.ts';
import type { ExecutionContext } from '../../types/index.d.ts';
import { Answer } from './express-answer.ts';

type Env = Readonly<Record<string, unknown>>;

export function fromExpress(...handlers: readonly (ExpressHandler | ExpressErrorHandler)[]) {
  return {
    async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
      const answer = new Answer(request.method);
      try {
        run(handlers, await requestOf(request, env, ctx), answer);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        answer.status(400).json({ message: `the body is no JSON: ${error.message}` });
      }
      return answer.response;
    },
  };
}

function run(handlers: readonly (ExpressHandler | ExpressErrorHandler)[], req: ExpressRequest, answer: Answer): void {
  const go = async (position: readonly (ExpressHandler | ExpressErrorHandler)[], thrown: unknown): Promise<void> => {
    const [handler, ...behind] = position;
    if (handler === undefined) {
      if (thrown !== undefined) return answer.fail(thrown);
      if (!answer.writableEnded) answer.status(404).type('text/plain').send(`Cannot ${req.method} ${req.path}`);
      return;
    }
    const takesError = handler.length > 3;
    if (takesError !== (thrown !== undefined)) return go(behind, thrown);
    let isNext = false;
    const next = (error?: unknown): void => {
      if (isNext) return;
      isNext = true;
      void go(behind, error ?? undefined);
    };
    try {
      if (takesError) await (handler as ExpressErrorHandler)(thrown, req, answer, next);
      else await (handler as ExpressHandler)(req, answer, next);
    } catch (error) {
      if (isNext) answer.fail(error);
      else next(error ?? new Error(`a handler threw ${String(error)}`));
    }
  };
  void go(handlers, undefined);
}

async function requestOf(request: Request, env: Env, ctx: ExecutionContext): Promise<ExpressRequest> {
  const { pathname, search, searchParams, hostname } = new URL(request.url);
  const headers = Object.fromEntries(request.headers);
  const get = (name: string): string | undefined => headers[name.toLowerCase()];
  const protocol = headers['x-forwarded-proto'] ?? 'http';
  return {
    method: request.method,
    ...{ url: `${pathname}${search}`, originalUrl: `${pathname}${search}`, path: pathname },
    ...{ protocol, secure: protocol === 'https', hostname, ip: headers['x-forwarded-for'] ?? '' },
    headers,
    query: grouped(searchParams),
    params: {},
    cookies: cookiesOf(headers['cookie'] ?? ''),
    body: await bodyOf(request),
    env,
    raw: request,
    waitUntil: (promise) => ctx.waitUntil(promise),
    ...{ get, header: get },
  };
}

async function bodyOf(request: Request): Promise<unknown> {
  if (request.body === null) return undefined;
  const type = (request.headers.get('content-type') ?? '').toLowerCase();
  if (/^application\/(?:[\w.-]+\+)?json\b/.test(type)) {
    const text = await request.text();
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  }
  if (type.startsWith('application/x-www-form-urlencoded')) return grouped(new URLSearchParams(await request.text()));
  if (type.startsWith('text/')) return request.text();
  const bytes = await request.bytes();
  return bytes.length === 0 ? undefined : bytes;
}

function grouped(parameters: URLSearchParams): Record<string, string | string[]> {
  return Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length === 1 ? values[0]! : values];
    }),
  );
}

function cookiesOf(header: string): Record<string, string> {
  const pairs = header.split(/;\s*/).flatMap((pair) => {
    const at = pair.indexOf('=');
    return at < 1 ? [] : [[pair.slice(0, at), decoded(pair.slice(at + 1))] as const];
  });
  return Object.fromEntries(pairs);
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // Not every cookie is encoded.
    return value;
  }
}
