/** Runs in isolates: Web APIs only. See `types/lambda.d.ts`. */
import type { ExecutionContext } from '../../types/index.d.ts';
import type {
  LambdaCallback,
  LambdaContext,
  LambdaEvent,
  LambdaHandler,
  LambdaOptions,
  LambdaResult,
} from '../../types/lambda.d.ts';

type Env = Readonly<Record<string, unknown>>;

const TEXT = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml)|application\/(?:javascript|x-www-form-urlencoded))/i;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const BASE64_SLICE = 0x8000;
/** Statuses whose responses have no body. */
const BODYLESS: ReadonlySet<number> = new Set([204, 205, 304]);

export function fromLambda(handler: LambdaHandler, { wallMs = 30_000, functionName = 'function' }: LambdaOptions = {}) {
  return {
    async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
      const endsAt = Date.now() + wallMs;
      const id = request.headers.get('sovfn-event') ?? crypto.randomUUID();
      const context: LambdaContext = {
        awsRequestId: id,
        functionName,
        functionVersion: '$LATEST',
        invokedFunctionArn: `arn:sovfn:lambda:::function:${functionName}`,
        ...{ memoryLimitInMB: '128', logGroupName: functionName, logStreamName: id },
        callbackWaitsForEmptyEventLoop: true,
        getRemainingTimeInMillis: () => Math.max(0, endsAt - Date.now()),
        env,
        waitUntil: (promise) => ctx.waitUntil(promise),
      };
      return responseOf(await call(handler, await eventOf(request, id), context));
    },
  };
}

/** What comes first counts: the callback, or what the handler returns, unless that is undefined and it takes a callback. */
function call(handler: LambdaHandler, event: LambdaEvent, context: LambdaContext): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const callback: LambdaCallback = (error, result) => {
    if (error === undefined || error === null) resolve(result);
    else reject(error instanceof Error ? error : new Error(error));
  };
  const returned = handler(event, context, callback);
  const isAwaited = returned instanceof Promise || handler.length < 3 || returned !== undefined;
  if (isAwaited) Promise.resolve(returned).then(resolve, reject);
  return promise;
}

async function eventOf(request: Request, requestId: string): Promise<LambdaEvent> {
  const { pathname, search, searchParams, host } = new URL(request.url);
  const { cookie, ...headers } = Object.fromEntries(request.headers);
  const path = decodedPath(pathname);
  const now = new Date();
  return {
    ...{ version: '2.0', routeKey: '$default', rawPath: path, rawQueryString: search.slice(1) },
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/) }),
    headers,
    ...(search.length > 1 && { queryStringParameters: joined(searchParams) }),
    requestContext: {
      ...{ accountId: 'anonymous', apiId: 'sovfn', domainName: host, domainPrefix: host.split('.')[0]! },
      http: {
        ...{ method: request.method, path, protocol: 'HTTP/1.1' },
        sourceIp: headers['x-forwarded-for'] ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      ...{ requestId, routeKey: '$default', stage: '$default', time: clfTime(now), timeEpoch: now.getTime() },
    },
    ...(await bodyOf(request)),
  };
}

function decodedPath(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    // Bytes that are no UTF-8.
    return path;
  }
}

function joined(parameters: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name).join(',')]));
}

async function bodyOf(request: Request): Promise<Pick<LambdaEvent, 'body' | 'isBase64Encoded'>> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.length === 0) return { isBase64Encoded: false };
  const isText = TEXT.test(request.headers.get('content-type') ?? '') && !request.headers.has('content-encoding');
  if (isText) return { body: new TextDecoder().decode(bytes), isBase64Encoded: false };
  let binary = '';
  for (let at = 0; at < bytes.length; at += BASE64_SLICE) {
    binary += String.fromCharCode(...bytes.subarray(at, at + BASE64_SLICE));
  }
  return { body: btoa(binary), isBase64Encoded: true };
}

function responseOf(result: unknown): Response {
  const isResult = typeof result === 'object' && result !== null && 'statusCode' in result;
  if (!isResult) return new Response(textOf(result), { headers: { 'content-type': 'application/json' } });
  const { statusCode, headers: given = {}, cookies = [], body = '', isBase64Encoded = false } = result as LambdaResult;
  try {
    const headers = new Headers(Object.entries(given).map(([name, value]) => [name, String(value)]));
    if (!headers.has('content-type')) headers.set('content-type', 'application/json');
    for (const cookie of cookies) headers.append('set-cookie', cookie);
    const bytes = isBase64Encoded ? Uint8Array.from(atob(body), (char) => char.charCodeAt(0)) : textOf(body);
    return new Response(BODYLESS.has(statusCode!) ? null : bytes, { status: statusCode!, headers });
  } catch (error) {
    console.error('the handler’s result is no HTTP response:', error);
    return Response.json({ message: 'Internal Server Error' }, { status: 502 });
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** As in access logs: `28/Nov/2026:01:02:03 +0000`. */
function clfTime(at: Date): string {
  const [date, time] = at.toISOString().split(/[T.]/) as [string, string];
  const [year, month, day] = date.split('-') as [string, string, string];
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time} +0000`;
}
