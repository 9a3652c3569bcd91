/** AWS Lambda handlers behind an API Gateway (HTTP API, payload format 2.0) or a function URL, as functions of sovfn. */
import type { ExecutionContext } from './index.d.ts';

export interface LambdaEvent {
  readonly version: '2.0';
  readonly routeKey: '$default';
  readonly rawPath: string;
  readonly rawQueryString: string;
  /** Absent without cookies. */
  readonly cookies?: readonly string[];
  /** Lower-case names; values of one name joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** Values of one name joined by commas; absent without a query. */
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly requestContext: {
    readonly accountId: string;
    readonly apiId: string;
    readonly domainName: string;
    readonly domainPrefix: string;
    readonly http: {
      readonly method: string;
      readonly path: string;
      readonly protocol: string;
      readonly sourceIp: string;
      readonly userAgent: string;
    };
    readonly requestId: string;
    readonly routeKey: '$default';
    readonly stage: '$default';
    /** `28/Nov/2026:01:02:03 +0000` */
    readonly time: string;
    readonly timeEpoch: number;
  };
  /** Absent without a body; in base64 when it is no text. */
  readonly body?: string;
  readonly isBase64Encoded: boolean;
}

/** What a handler may answer with. An object without `statusCode`, or any other value, is the body as JSON, with status 200. */
export interface LambdaResult {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string | number | boolean>>;
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

export interface LambdaContext {
  /** Of an asynchronous call: the id of its event, the same on each attempt. Else a random one. */
  readonly awsRequestId: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  /** `128`, whatever `limits.memoryMb` says. */
  readonly memoryLimitInMB: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** Has no effect: a call ends with its answer. Work that goes on belongs in `waitUntil`. */
  callbackWaitsForEmptyEventLoop: boolean;
  getRemainingTimeInMillis(): number;
  /** What `sovfn.jsonc` gives to the code: vars, secrets, bindings. */
  readonly env: Readonly<Record<string, unknown>>;
  waitUntil(promise: Promise<unknown>): void;
}

export type LambdaCallback = (error?: Error | string | null, result?: unknown) => void;

export type LambdaHandler = (event: LambdaEvent, context: LambdaContext, callback: LambdaCallback) => unknown;

export interface LambdaOptions {
  /** `limits.wallMs` of `sovfn.jsonc`, for `getRemainingTimeInMillis`; default 30,000. */
  readonly wallMs?: number;
  /** Default: `function`. */
  readonly functionName?: string;
}

/**
 * ```ts
 * import { fromLambda } from 'sovfn/lambda';
 * import { handler } from './handler.js';
 *
 * export default fromLambda(handler);
 * ```
 *
 * A handler that throws fails the call (500 `exception`, with its stack in the log). A result that is no HTTP response, such as a status of 42,
 * is answered with 502.
 */
export function fromLambda(
  handler: LambdaHandler,
  options?: LambdaOptions,
): { fetch(request: Request, env: Readonly<Record<string, unknown>>, ctx: ExecutionContext): Promise<Response> };
