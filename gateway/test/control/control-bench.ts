import { createHash } from 'node:crypto';
import {
  type DeployRequest,
  type FunctionConfig,
  functionConfigSchema,
  type Problem,
  PROTOCOL_VERSION,
  type Scope,
  versionContent,
} from '@sovfn/protocol';
import { type MinioServer, startMinio } from '@sovfn/testkit';
import { z } from 'zod';
import type { Listener } from '../../src/control/access/route-scopes.ts';
import type { GatewayConfig } from '../../src/index.ts';
import { GatewayBench, type GatewayBenchOptions } from '../peers/gateway-bench.ts';

export const TOKEN = 'test-token';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
}

interface RequestOptions {
  /** Default: the operator's for what is served nowhere else. */
  readonly at?: Listener;
  readonly token?: string | null;
  readonly body?: unknown;
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly security: readonly { readonly token: readonly [Scope] }[];
  readonly requestBody?: object;
  readonly responses: Record<string, { content: Record<string, { schema: object }> }>;
}

type Documented = Record<string, Record<string, DocumentedOperation>>;

/** A gateway with a real NATS and a real object store, seen through its control API. Every answer is checked against the document. */
export class ControlBench implements AsyncDisposable {
  readonly bench: GatewayBench;
  readonly minio: MinioServer;
  /** What each listener says it serves. */
  readonly documents: Readonly<Record<Listener, Documented>>;
  readonly #parts: AsyncDisposableStack;

  /** `country`: where the object store is said to be. */
  static async start(
    more: Partial<GatewayConfig> = {},
    { country = 'FR', ...buckets }: GatewayBenchOptions['buckets'] & { readonly country?: string } = {},
  ): Promise<ControlBench> {
    await using parts = new AsyncDisposableStack();
    const minio = parts.use(await startMinio());
    const listener = { host: '127.0.0.1', port: 0, tokenSha256: [sha256('another'), sha256(TOKEN)] };
    const config = { control: listener, operator: listener, ...more };
    const bench = parts.use(await GatewayBench.start({ store: { ...minio.endpoint, country }, config, buckets }));
    const documents = { tenant: await documentOf(bench, 'tenant'), operator: await documentOf(bench, 'operator') };
    return new ControlBench(bench, minio, documents, parts.move());
  }

  private constructor(
    bench: GatewayBench,
    minio: MinioServer,
    documents: Readonly<Record<Listener, Documented>>,
    parts: AsyncDisposableStack,
  ) {
    this.bench = bench;
    this.minio = minio;
    this.documents = documents;
    this.#parts = parts;
  }

  get url(): string {
    return controlUrl(this.bench, 'tenant');
  }

  /** Of both listeners. */
  get paths(): Documented {
    const { tenant, operator } = this.documents;
    const paths = new Set([...Object.keys(tenant), ...Object.keys(operator)]);
    return Object.fromEntries([...paths].map((path) => [path, { ...operator[path], ...tenant[path] }]));
  }

  send(method: string, path: string, { token = TOKEN, body, at }: RequestOptions = {}): Promise<Response> {
    const isOfTenants = this.#operationOf(path, 'tenant')?.[method.toLowerCase()] !== undefined;
    const isOfOperator = this.#operationOf(path, 'operator')?.[method.toLowerCase()] !== undefined;
    const listener = at ?? (isOfOperator && !isOfTenants ? 'operator' : 'tenant');
    return fetch(controlUrl(this.bench, listener) + path, {
      method,
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  /** A request whose answer is JSON, as the document says it. */
  async ask(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const response = await this.send(method, path, options);
    const json: unknown = await response.json();
    this.#checkAgainstDocument(method, path, response, json);
    return { status: response.status, headers: response.headers, json };
  }

  async refused(method: string, path: string, options: RequestOptions = {}): Promise<Problem> {
    const { status, json } = await this.ask(method, path, options);
    if (status < 400) throw new Error(`${method} ${path} was answered with ${status}`);
    return json as Problem;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }

  #checkAgainstDocument(method: string, path: string, response: Response, json: unknown): void {
    const [ofTenants, ofOperator] = [this.#operationOf(path, 'tenant'), this.#operationOf(path, 'operator')];
    const operation = { ...ofOperator, ...ofTenants }[method.toLowerCase()];
    if (operation === undefined) return;
    const documented = operation.responses[String(response.status)];
    if (documented === undefined) throw new Error(`${method} ${path}: ${response.status} is not documented`);
    const type = response.headers.get('content-type')!.split(';')[0]!;
    const { schema } = documented.content[type] ?? {};
    if (schema === undefined) throw new Error(`${method} ${path}: ${type} is not documented for ${response.status}`);
    if (type === 'application/json') z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).parse(json);
  }

  #operationOf(path: string, listener: Listener): Documented[string] | undefined {
    const paths = this.documents[listener];
    const written = path.split('?')[0]!.split('/');
    const match = Object.keys(paths).find((template) => {
      const parts = template.split('/');
      return parts.length === written.length && parts.every((part, i) => part.startsWith('{') || part === written[i]);
    });
    return match === undefined ? undefined : paths[match];
  }
}

async function documentOf(bench: GatewayBench, listener: Listener): Promise<Documented> {
  const document = await fetch(`${controlUrl(bench, listener)}/v1/openapi.json`);
  return ((await document.json()) as { paths: Documented }).paths;
}

function controlUrl({ gateway }: GatewayBench, listener: Listener): string {
  const { host, port } = listener === 'tenant' ? gateway.controlAddress : gateway.operatorAddress!;
  return `http://${host}:${port}`;
}

/** A deploy request that is right in itself, for a bundle that no cell of these tests ever loads. */
export function deployRequest(config: Partial<FunctionConfig> & { name: string }, bundle = 'export {}'): DeployRequest {
  const { $schema: _, ...parsed } = functionConfigSchema.parse({ main: 'index.ts', ...config });
  const bundleSha256 = sha256(bundle);
  const manifest = {
    v: PROTOCOL_VERSION,
    config: parsed,
    bundleSha256,
    bundleBytes: Buffer.byteLength(bundle),
  } as const;
  return {
    v: PROTOCOL_VERSION,
    version: sha256(versionContent(manifest)),
    manifest,
    bundle,
    sourceMap: '{"version":3}',
    release: { kind: 'current' },
    acceptsEgress: false,
    signature: null,
  };
}

export function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}
