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
import type { GatewayConfig } from '../../src/index.ts';
import { GatewayBench, type GatewayBenchOptions } from '../peers/gateway-bench.ts';

export const TOKEN = 'test-token';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
}

interface RequestOptions {
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
  readonly #paths: Documented;
  readonly #parts: AsyncDisposableStack;

  static async start(
    more: Partial<GatewayConfig> = {},
    buckets: GatewayBenchOptions['buckets'] = {},
  ): Promise<ControlBench> {
    await using parts = new AsyncDisposableStack();
    const minio = parts.use(await startMinio());
    const control = { host: '127.0.0.1', port: 0, tokenSha256: [sha256('another'), sha256(TOKEN)] };
    const bench = parts.use(await GatewayBench.start({ store: minio.endpoint, config: { control, ...more }, buckets }));
    const document = await fetch(`${controlUrl(bench)}/v1/openapi.json`);
    const { paths } = (await document.json()) as { paths: Documented };
    return new ControlBench(bench, minio, paths, parts.move());
  }

  private constructor(bench: GatewayBench, minio: MinioServer, paths: Documented, parts: AsyncDisposableStack) {
    this.bench = bench;
    this.minio = minio;
    this.#paths = paths;
    this.#parts = parts;
  }

  get url(): string {
    return controlUrl(this.bench);
  }

  get paths(): Documented {
    return this.#paths;
  }

  send(method: string, path: string, { token = TOKEN, body }: RequestOptions = {}): Promise<Response> {
    return fetch(this.url + path, {
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
    const operation = this.#operationOf(path)?.[method.toLowerCase()];
    if (operation === undefined) return;
    const documented = operation.responses[String(response.status)];
    if (documented === undefined) throw new Error(`${method} ${path}: ${response.status} is not documented`);
    const type = response.headers.get('content-type')!.split(';')[0]!;
    const { schema } = documented.content[type] ?? {};
    if (schema === undefined) throw new Error(`${method} ${path}: ${type} is not documented for ${response.status}`);
    if (type === 'application/json') z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).parse(json);
  }

  #operationOf(path: string): Documented[string] | undefined {
    const written = path.split('?')[0]!.split('/');
    const match = Object.keys(this.#paths).find((template) => {
      const parts = template.split('/');
      return parts.length === written.length && parts.every((part, i) => part.startsWith('{') || part === written[i]);
    });
    return match === undefined ? undefined : this.#paths[match];
  }
}

function controlUrl(bench: GatewayBench): string {
  const { host, port } = bench.gateway.controlAddress;
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
  };
}

export function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}
