/**
 * Calls of one function by another (`service` bindings): supervisors ask on `svc.<zone>`, one of several gateways makes
 * the call as it would for a caller from outside, and answers with the whole response.
 *
 * Guarantees: a call stays in its zone and its tenant, and at most SERVICE_DEPTH calls are under each other by the word of
 * the supervisors. Hostile: the requests, although NATS lets only supervisors of the zone send them; responses.
 * Not guaranteed: that a call ends when its caller does; it has limits of its own.
 */
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import {
  DEPTH_HEADER,
  HOP_BY_HOP_HEADERS,
  packHeaders,
  packMessage,
  PROTOCOL_VERSION,
  RESERVED_HEADER_PREFIX,
  SERVICE_BODY_BYTES,
  SERVICE_QUEUE,
  type ServiceAnswer,
  type ServiceRequest,
  serviceRequestSchema,
  serviceSubject,
  SovfnError,
  unpackHeaders,
  unpackMessage,
} from '@sovfn/protocol';
import type { CallClient } from '../calls/call-client.ts';
import { StreamedCall } from '../calls/streamed-call.ts';
import type { DeployedFunction, DeployedFunctions } from '../routes/deployed-functions.ts';

export interface ServiceCallsOptions {
  readonly connection: NatsConnection;
  readonly zones: readonly string[];
  readonly calls: CallClient;
  readonly functions: DeployedFunctions;
  readonly newInvocation: () => string;
}

const NO_BODY = Buffer.alloc(0);

export class ServiceCalls {
  readonly #options: ServiceCallsOptions;
  readonly #subscriptions: readonly Subscription[];
  readonly #open = new Set<Promise<void>>();

  constructor(options: ServiceCallsOptions) {
    this.#options = options;
    this.#subscriptions = options.zones.map((zone) =>
      options.connection.subscribe(serviceSubject(zone), {
        queue: SERVICE_QUEUE,
        callback: (_error, message) => this.#onRequest(zone, message),
      }),
    );
  }

  /** Takes no further requests and answers those it has. */
  async close(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.drain()));
    await Promise.all(this.#open);
  }

  #onRequest(zone: string, message: Msg): void {
    const answering = this.#answer(zone, message).finally(() => this.#open.delete(answering));
    this.#open.add(answering);
  }

  async #answer(zone: string, message: Msg): Promise<void> {
    try {
      const { head, body } = unpackMessage(Buffer.from(message.data));
      const { status, headers, bytes } = await this.#call(zone, serviceRequestSchema.parse(head), body);
      message.respond(
        packMessage({ v: PROTOCOL_VERSION, status, headers, failure: null } satisfies ServiceAnswer, bytes),
      );
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      message.respond(
        packMessage({ v: PROTOCOL_VERSION, status: 0, headers: '', failure } satisfies ServiceAnswer, NO_BODY),
      );
    }
  }

  async #call(zone: string, request: ServiceRequest, body: Buffer) {
    const to = this.#find(zone, request);
    if (body.length > to.bodyBytes) {
      const size = `the body has ${body.length} bytes; "${to.name}" takes at most ${to.bodyBytes}`;
      throw new SovfnError('body-too-large', `${size}. Raise limits.bodyMb of "${to.name}".`);
    }
    const { calls, newInvocation } = this.#options;
    const { method, url } = request;
    const headers = callHeaders(request, to);
    const call = { invocation: newInvocation(), trigger: 'service', method, url, headers } as const;
    const streamed = StreamedCall.start(calls, to.target, call, body);
    const head = await streamed.head;
    if (!('status' in head)) {
      throw new SovfnError(head.code, `"${to.name}" did not answer (${head.outcome}): ${head.detail.message}`);
    }
    return { status: head.status, headers: head.headers, bytes: await readAll(streamed, to) };
  }

  #find(zone: string, request: ServiceRequest): DeployedFunction {
    const { tenant, function: name } = request;
    const to = this.#options.functions.get(tenant, name);
    if (to === null) throw new SovfnError('function-not-found', `there is no function "${name}" in tenant "${tenant}"`);
    if (request.zone === zone && to.target.zone === zone) return to;
    const where = `"${name}" runs in zone "${to.target.zone}", and "${request.from}" in "${zone}"`;
    throw new SovfnError('residency-unsatisfied', `${where}: a service binding does not leave its zone`);
  }
}

function callHeaders({ headers, depth }: ServiceRequest, to: DeployedFunction): string {
  const flat = [DEPTH_HEADER, String(depth), 'sovfn-base-path', to.basePath];
  const given = unpackHeaders(headers);
  for (let i = 0; i + 1 < given.length; i += 2) {
    const name = given[i]!.toLowerCase();
    if (HOP_BY_HOP_HEADERS.has(name) || name.startsWith(RESERVED_HEADER_PREFIX)) continue;
    flat.push(name, given[i + 1]!);
  }
  return packHeaders(flat);
}

async function readAll(streamed: StreamedCall, to: DeployedFunction): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let total = 0;
  for await (const piece of streamed.body()) {
    total += piece.length;
    if (total > SERVICE_BODY_BYTES) {
      const what = `the response of "${to.name}" has more than the ${SERVICE_BODY_BYTES} bytes`;
      throw new SovfnError('body-too-large', `${what} that a service binding carries`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces, total);
}
