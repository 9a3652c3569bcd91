/**
 * A receiver of OTLP over HTTP. What it is sent is read by the messages of OpenTelemetry's own .proto files, and must come out
 * of them as it went in: a field of another name or type would be lost on that way.
 */
import * as generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { Arrivals } from '../peers/arrivals.ts';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly document: OtlpDocument;
}

interface Raw extends Omit<Received, 'document'> {
  readonly body: string;
}

export interface OtlpDocument {
  readonly resourceSpans?: readonly {
    resource: Attributed;
    scopeSpans: readonly { scope: object; spans: readonly Span[] }[];
  }[];
  readonly resourceMetrics?: readonly { scopeMetrics: readonly { metrics: readonly Metric[] }[] }[];
}

interface Attributed {
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

export interface Span extends Attributed {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly events?: readonly (Attributed & { readonly name: string })[];
  readonly links?: readonly (Attributed & { readonly traceId: string; readonly spanId: string })[];
  readonly status?: { readonly code?: number; readonly message?: string };
}

/** A span, and who made it. */
export interface MadeSpan {
  readonly resource: Attributed;
  readonly scope: object;
  readonly span: Span;
}

export interface Metric {
  readonly name: string;
  readonly sum?: { readonly dataPoints: readonly (Attributed & { readonly asDouble: number })[] };
  readonly histogram?: { readonly dataPoints: readonly (Attributed & { readonly count: string })[] };
}

const root: unknown = 'default' in generated ? generated.default : generated;

/** Of the specification of OTLP's JSON: these are hex there, where JSON of protobuf has base64. */
const HEX_FIELDS: ReadonlySet<string> = new Set(['traceId', 'spanId', 'parentSpanId']);

const NAMES: Readonly<Record<string, string>> = {
  '/v1/traces': 'opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest',
  '/v1/metrics': 'opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest',
};

interface ProtoMessage {
  fromObject(object: object): object;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): object;
  toObject(message: object, options: object): object;
}

export class OtlpReceiver implements AsyncDisposable {
  readonly #server = createServer();
  readonly #received = new Arrivals<Raw>();
  readonly #statuses: number[] = [];

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    receiver.#server.on('request', (request, response) => {
      void text(request).then((body) => {
        const status = receiver.#statuses.shift() ?? 200;
        if (status === 200) receiver.#received.push({ path: request.url!, headers: request.headers, body });
        response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      });
    });
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next requests are answered so. */
  refuse(...statuses: number[]): void {
    this.#statuses.push(...statuses);
  }

  async next(path: string): Promise<Received> {
    for (;;) {
      const received = await this.#received.next();
      if (received.path === path) return read(received);
    }
  }

  /** Of the next request with spans. */
  async madeSpans(): Promise<readonly MadeSpan[]> {
    const { document } = await this.next('/v1/traces');
    return document.resourceSpans!.flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ scope, spans }) => spans.map((span) => ({ resource, scope, span }))),
    );
  }

  async spans(): Promise<readonly Span[]> {
    return (await this.madeSpans()).map(({ span }) => span);
  }

  async metrics(): Promise<readonly Metric[]> {
    const { document } = await this.next('/v1/metrics');
    return document.resourceMetrics!.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

export function attribute({ attributes }: Attributed, key: string): unknown {
  const value = attributes.find((each) => each.key === key)?.value;
  return value === undefined ? undefined : Object.values(value)[0];
}

function read({ path, headers, body }: Raw): Received {
  const message = messageOf(NAMES[path]!);
  const sent = JSON.parse(body) as object;
  const bytes = message.encode(message.fromObject(recode(sent, 'hex', 'base64') as object)).finish();
  const known = message.toObject(message.decode(bytes), { longs: String, bytes: String, enums: Number });
  const document = recode(known, 'base64', 'hex');
  expect(sent).toEqual(document);
  return { path, headers, document: document as OtlpDocument };
}

/** The generated code has them in namespaces that its types leave out. */
function messageOf(name: string): ProtoMessage {
  const inner = (space: unknown, part: string): unknown => (space as Readonly<Record<string, unknown>>)[part];
  return name.split('.').reduce(inner, root) as ProtoMessage;
}

function recode(value: unknown, from: BufferEncoding, to: BufferEncoding, key = ''): unknown {
  if (typeof value === 'string') return HEX_FIELDS.has(key) ? Buffer.from(value, from).toString(to) : value;
  if (Array.isArray(value)) return value.map((each) => recode(each, from, to));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, recode(each, from, to, name)]));
}
