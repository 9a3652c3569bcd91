/** The control API as functions: requests out, checked answers in. Every error of the platform arrives as `ApiError`. */
import type {
  AcceptRequest,
  AcceptResponse,
  CallbackKey,
  CountryList,
  ChooseVersionRequest,
  DeleteResponse,
  DeleteSecretResponse,
  DeletionPlan,
  DeployRequest,
  DeployResponse,
  FunctionCountries,
  FunctionDetail,
  FunctionList,
  InvokeRequest,
  InvokeResponse,
  LogHistory,
  MetricsReport,
  EgressList,
  EnrolmentState,
  NodeList,
  NodeRecord,
  Problem,
  SetEnrolmentRequest,
  OutputList,
  OutputMeta,
  OutputVerification,
  PlatformStatus,
  Receipt,
  SecretAnswer,
  SecretList,
  SetSecretRequest,
  SovfnError,
  SplitRequest,
  TestDeliveryRequest,
  TestDeliveryResponse,
  VersionChange,
  VersionList,
  ZoneDefinition,
  ZoneList,
} from '@sovfn/protocol';
import { PROBLEM_TYPE, problemSchema } from '@sovfn/protocol/problem';
import { jsonOrNull } from '@sovfn/protocol/json';
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { Say } from '../language.ts';
import { AccessClient } from './access-client.ts';
import { type AnswerSchema, schemaNamed } from './answer-schema.ts';
import { ApiError } from './api-error.ts';
import { AuditClient } from './audit-client.ts';
import { EventClient } from './event-client.ts';
import { ExportClient } from './export-client.ts';
import { ANSWER_TIMEOUT_MS, type ApiAnswer, type ApiRequest, send } from './http.ts';
import type { LogStreamEvent } from './log-stream.ts';
import { ScheduleClient } from './schedule-client.ts';
import { streamLost } from './stream-lost.ts';
import { TranslatedError } from '../translated-error.ts';

/** Answers that are read whole. Bytes. */
const ANSWER_BYTES = 64 * 1024 * 1024;
/** Uploading and storing a large bundle may take this long. Milliseconds. */
const DEPLOY_TIMEOUT_MS = 120_000;
const JSON_TYPE = 'application/json';

export interface ControlClientOptions {
  /** Base address of the control API. */
  readonly url: URL;
  readonly token: string;
  readonly say: Say;
  /** Ends every request. */
  readonly signal: AbortSignal;
  /** An operator reads of this tenant; the address is that of the operator's listener. */
  readonly supportOf?: string;
}

export type Request = Partial<Pick<ApiRequest, 'method' | 'body' | 'accept' | 'timeoutMs'>> & {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
};

/** What `logQuerySchema` takes, as text; without `follow`. */
export type LogRequest = Readonly<Record<string, string>>;

export class ControlClient {
  readonly access = new AccessClient((request, schema) => this.#json(request, schema));
  readonly audit = new AuditClient((request, schema) => this.#json(request, schema));
  readonly events = new EventClient((request, schema) => this.#json(request, schema));
  readonly exports = new ExportClient((request, schema) => this.#json(request, schema));
  readonly schedules = new ScheduleClient((request, schema) => this.#json(request, schema));
  readonly #options: ControlClientOptions;

  constructor(options: ControlClientOptions) {
    this.#options = options;
  }

  get url(): URL {
    return this.#options.url;
  }

  /** On an operator's client: reads what this tenant has agreed to. */
  forSupportOf(tenant: string): ControlClient {
    return new ControlClient({ ...this.#options, supportOf: tenant });
  }

  deploy(name: string, body: DeployRequest): Promise<DeployResponse> {
    const request = { method: 'PUT', path: functionPath(name), body, timeoutMs: DEPLOY_TIMEOUT_MS } as const;
    return this.#json(request, async () => (await import('@sovfn/protocol/deploy-response')).deployResponseSchema);
  }

  listFunctions(): Promise<FunctionList> {
    return this.#json({ path: '/v1/functions' }, schemaNamed('functionListSchema'));
  }

  showFunction(name: string): Promise<FunctionDetail> {
    return this.#json({ path: functionPath(name) }, schemaNamed('functionDetailSchema'));
  }

  deleteFunction(name: string, options: { purge: boolean }): Promise<DeleteResponse> {
    const query: Record<string, string> = options.purge ? { purge: 'true' } : {};
    return this.#json({ method: 'DELETE', path: functionPath(name), query }, schemaNamed('deleteResponseSchema'));
  }

  /** What deleting it would end. */
  planDeletion(name: string): Promise<DeletionPlan> {
    return this.#json({ path: `${functionPath(name)}/deletion` }, schemaNamed('deletionPlanSchema'));
  }

  listVersions(name: string): Promise<VersionList> {
    return this.#json({ path: `${functionPath(name)}/versions` }, schemaNamed('versionListSchema'));
  }

  rollback(name: string, body: ChooseVersionRequest): Promise<VersionChange> {
    return this.#json(
      { method: 'POST', path: `${functionPath(name)}/rollback`, body },
      schemaNamed('versionChangeSchema'),
    );
  }

  promote(name: string, body: ChooseVersionRequest): Promise<VersionChange> {
    return this.#json(
      { method: 'POST', path: `${functionPath(name)}/promote`, body },
      schemaNamed('versionChangeSchema'),
    );
  }

  split(name: string, body: SplitRequest): Promise<VersionChange> {
    return this.#json({ method: 'PUT', path: `${functionPath(name)}/split`, body }, schemaNamed('versionChangeSchema'));
  }

  endSplit(name: string): Promise<VersionChange> {
    return this.#json({ method: 'DELETE', path: `${functionPath(name)}/split` }, schemaNamed('versionChangeSchema'));
  }

  /** A call as one document. Waits as long as the function may run. */
  invoke(name: string, body: InvokeRequest): Promise<InvokeResponse> {
    const request = { method: 'POST', path: `${functionPath(name)}/invoke`, body, timeoutMs: null } as const;
    return this.#json(request, schemaNamed('invokeResponseSchema'));
  }

  /** A call that runs in the background: resolves when it is durable. */
  acceptEvent(name: string, body: AcceptRequest): Promise<AcceptResponse> {
    return this.#json(
      { method: 'POST', path: `${functionPath(name)}/events`, body },
      schemaNamed('acceptResponseSchema'),
    );
  }

  /** With which callbacks of the function are signed. */
  showCallbackKey(name: string): Promise<CallbackKey> {
    return this.#json({ path: `${functionPath(name)}/callback-key` }, schemaNamed('callbackKeySchema'));
  }

  /** A call whose response streams as the function sends it. A call that failed throws `ApiError`. */
  async invokeRaw(name: string, body: InvokeRequest): Promise<ApiAnswer> {
    const path = `${functionPath(name)}/invoke`;
    const answer = await this.#send({
      method: 'POST',
      path,
      query: { raw: 'true' },
      body,
      accept: '*/*',
      timeoutMs: null,
    });
    const outcome = answer.headers['sovfn-outcome'];
    if (outcome !== 'ok') throw await this.#problemOf(answer);
    return answer;
  }

  /** What a function has logged. */
  readLogs(name: string, query: LogRequest): Promise<LogHistory> {
    return this.#json({ path: `${functionPath(name)}/logs`, query, timeoutMs: null }, schemaNamed('logHistorySchema'));
  }

  /**
   * Follows a function's log until `stop` or the platform ends it. When it resolves, the platform is listening: entries
   * written from then on will come.
   */
  async followLogs(name: string, query: LogRequest, stop: AbortSignal): Promise<AsyncIterable<LogStreamEvent>> {
    const options = { ...this.#options, signal: AbortSignal.any([stop, this.#options.signal]) };
    const request = {
      path: `${functionPath(name)}/logs`,
      query: { ...query, follow: 'true' },
      accept: 'text/event-stream',
    };
    const [answer, { readLogStream }] = await Promise.all([
      new ControlClient(options).#accepted(request),
      import('./log-stream.ts'),
    ]);
    return readLogStream(answer.body, options);
  }

  listOutputs(name: string, options: { limit: number; before: string | null }): Promise<OutputList> {
    const before: Record<string, string> = options.before === null ? {} : { before: options.before };
    const query = { limit: String(options.limit), ...before };
    return this.#json({ path: `${functionPath(name)}/outputs`, query }, schemaNamed('outputListSchema'));
  }

  showOutput(invocation: string): Promise<OutputMeta> {
    return this.#json({ path: outputPath(invocation) }, schemaNamed('outputMetaSchema'));
  }

  async outputBody(invocation: string): Promise<IncomingMessage> {
    const answer = await this.#accepted({ path: `${outputPath(invocation)}/body`, accept: '*/*' });
    return answer.body;
  }

  verifyOutput(invocation: string): Promise<OutputVerification> {
    const request = { method: 'POST', path: `${outputPath(invocation)}/verify`, timeoutMs: null } as const;
    return this.#json(request, schemaNamed('outputVerificationSchema'));
  }

  listSecrets(name: string): Promise<SecretList> {
    return this.#json({ path: `${functionPath(name)}/secrets` }, schemaNamed('secretListSchema'));
  }

  setSecret(name: string, secret: string, body: SetSecretRequest): Promise<SecretAnswer> {
    return this.#json({ method: 'PUT', path: secretPath(name, secret), body }, schemaNamed('secretAnswerSchema'));
  }

  deleteSecret(name: string, secret: string): Promise<DeleteSecretResponse> {
    return this.#json({ method: 'DELETE', path: secretPath(name, secret) }, schemaNamed('deleteSecretResponseSchema'));
  }

  /** A delivery that the platform signs and receives. */
  sendWebhook(name: string, webhook: string, body: TestDeliveryRequest): Promise<TestDeliveryResponse> {
    const path = `${functionPath(name)}/webhooks/${encodeURIComponent(webhook)}/send`;
    return this.#json({ method: 'POST', path, body }, schemaNamed('testDeliveryResponseSchema'));
  }

  status(): Promise<PlatformStatus> {
    return this.#json({ path: '/v1/status' }, schemaNamed('statusSchema'));
  }

  /** What a function asked of the outside, newest first. */
  egress(name: string, query: Readonly<Record<string, string>>): Promise<EgressList> {
    return this.#json({ path: `${functionPath(name)}/egress`, query }, schemaNamed('egressListSchema'));
  }

  showReceipt(invocation: string): Promise<Receipt> {
    return this.#json({ path: `/v1/receipts/${encodeURIComponent(invocation)}` }, schemaNamed('receiptSchema'));
  }

  listNodes(): Promise<NodeList> {
    return this.#json({ path: '/v1/nodes' }, schemaNamed('nodeListSchema'));
  }

  listCountries(): Promise<CountryList> {
    return this.#json({ path: '/v1/countries' }, schemaNamed('countryListSchema'));
  }

  acceptCountry(name: string, country: string): Promise<FunctionCountries> {
    const path = `/v1/functions/${encodeURIComponent(name)}/countries/${encodeURIComponent(country)}`;
    return this.#json({ method: 'PUT', path }, schemaNamed('functionCountriesSchema'));
  }

  withdrawCountry(name: string, country: string): Promise<FunctionCountries> {
    const path = `/v1/functions/${encodeURIComponent(name)}/countries/${encodeURIComponent(country)}`;
    return this.#json({ method: 'DELETE', path }, schemaNamed('functionCountriesSchema'));
  }

  listZones(): Promise<ZoneList> {
    return this.#json({ path: '/v1/zones' }, schemaNamed('zoneListSchema'));
  }

  nameZone(definition: ZoneDefinition): Promise<ZoneDefinition> {
    const path = `/v1/zones/${encodeURIComponent(definition.zone.name)}`;
    return this.#json({ method: 'PUT', path, body: definition }, schemaNamed('zoneDefinitionSchema'));
  }

  drainNode(name: string): Promise<NodeRecord> {
    return this.#json(
      { method: 'POST', path: `/v1/nodes/${encodeURIComponent(name)}/drain` },
      schemaNamed('nodeRecordSchema'),
    );
  }

  setEnrolment(node: string, body: SetEnrolmentRequest): Promise<EnrolmentState> {
    const path = `/v1/nodes/${encodeURIComponent(node)}/enrolment`;
    return this.#json({ method: 'PUT', path, body }, schemaNamed('enrolmentStateSchema'));
  }

  /** What the gateway has counted; null: of every function. */
  metrics(name: string | null): Promise<MetricsReport> {
    const query: Record<string, string> = name === null ? {} : { function: name };
    return this.#json({ path: '/v1/metrics', query }, schemaNamed('metricsReportSchema'));
  }

  async #json<S extends z.ZodType>(request: Request, loadSchema: AnswerSchema<S>): Promise<z.output<S>> {
    const [text, schema] = await Promise.all([this.#text(request), loadSchema()]);
    const parsed = schema.safeParse(jsonOrNull(text));
    if (parsed.success) return parsed.data;
    throw new TranslatedError(
      'bad-message',
      this.#options.say('api.unreadable', { path: request.path, url: this.url.origin }),
      {
        hint: this.#options.say('api.unreadable.hint'),
        cause: parsed.error,
      },
    );
  }

  async #text(request: Request): Promise<string> {
    return this.#read(await this.#accepted(request));
  }

  async #accepted(request: Request): Promise<ApiAnswer> {
    const answer = await this.#send(request);
    if (answer.status >= 400) throw await this.#problemOf(answer);
    return answer;
  }

  #send(request: Request): Promise<ApiAnswer> {
    const { token, say, signal, supportOf } = this.#options;
    const { method = 'GET', body = null, accept = JSON_TYPE, timeoutMs = ANSWER_TIMEOUT_MS } = request;
    const path = supportOf === undefined ? request.path : supportPath(supportOf, request.path);
    const url = new URL(path, this.url);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    return send({ method, url, token, accept, body, timeoutMs, say, signal });
  }

  /** Whom only the API's document would help has used another version of it, or something that no check of ours has caught. */
  async #withOwnHint(problem: Problem): Promise<Problem> {
    const { OPENAPI_PATH } = await import('@sovfn/protocol/control');
    if (problem.facts['describedBy'] !== OPENAPI_PATH) return problem;
    return { ...problem, hint: this.#options.say('api.refused.hint') };
  }

  async #problemOf(answer: ApiAnswer): Promise<SovfnError> {
    const isProblem = answer.headers['content-type']?.startsWith(PROBLEM_TYPE) === true;
    const parsed = isProblem ? problemSchema.safeParse(jsonOrNull(await this.#read(answer))) : null;
    if (parsed?.success) return new ApiError(await this.#withOwnHint(parsed.data));
    answer.body.destroy();
    const { say } = this.#options;
    return new TranslatedError('bad-message', say('api.not-sovfn', { url: this.url.origin, status: answer.status }), {
      hint: say('api.not-sovfn.hint'),
    });
  }

  async #read(answer: ApiAnswer): Promise<string> {
    const { say } = this.#options;
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > ANSWER_BYTES)
          throw new TranslatedError('bad-message', say('api.too-long', { limit: ANSWER_BYTES }));
        chunks.push(chunk);
      }
    } catch (cause) {
      throw streamLost(cause, this.#options);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}

const supportPath = (tenant: string, path: string): string =>
  path.replace(/^\/v1/, `/v1/tenants/${encodeURIComponent(tenant)}/support`);
const functionPath = (name: string): string => `/v1/functions/${encodeURIComponent(name)}`;
const secretPath = (name: string, secret: string): string =>
  `${functionPath(name)}/secrets/${encodeURIComponent(secret)}`;
const outputPath = (invocation: string): string => `/v1/outputs/${encodeURIComponent(invocation)}`;
