import type { IncomingMessage } from 'node:http';
import {
  type AnswerFrame,
  errorStatus,
  type HeaderBlock,
  isName,
  isOutcome,
  isSovfnError,
  type Runner,
  SovfnError,
  STREAM_IDLE_MS,
  type Usage,
} from '@sovfn/protocol';
import type { Admission } from './admission/admission.ts';
import { Exchange } from './exchange.ts';
import type { CallClient } from '../calls/call-client.ts';
import type { CallFailure, CallHandler } from '../calls/call-handler.ts';
import type { PendingCall } from '../calls/pending-call.ts';
import type { OutputWriter } from '../outputs/index.ts';
import type { DeployedFunction } from '../routes/deployed-functions.ts';
import type { TalliedCall } from '../splits/version-tally.ts';
import { type AnswerOutput, AnswerWriter } from './answer-writer.ts';
import { metLimit, problemOfError, problemOfFailure } from './problem.ts';
import { type BodyListener, RequestBody } from './request-body.ts';
import type { CallerRequest, CallerResponse } from './caller.ts';
import { PlainRequest } from './plain/plain-request.ts';
import { packRequestHeaders, plainHeaders } from './request-headers.ts';
import { hasBody, sendProblem } from './respond.ts';
import { addAnswerFacts, type MetLimit, readFunctionHeaders } from './response-headers.ts';

/** What all exchanges of a gateway share. */
export interface ExchangeSurroundings {
  readonly calls: CallClient;
  readonly outputs: Pick<OutputWriter, 'assertRoom' | 'start'>;
  readonly admission: Admission;
  readonly newInvocation: () => string;
  /** No request may keep its connection any more. */
  readonly isDraining: () => boolean;
  /** From now on the client is expected to send or to take something: `onClientDue` asks whether it did. */
  readonly watchClient: (exchange: FunctionExchange, dueAt: number) => void;
  readonly onOver: (exchange: FunctionExchange) => void;
  /** Something of ours failed, with what is not for the caller. */
  readonly onError: (invocation: string, error: unknown) => void;
}

/** Where a request goes, and the URL under which the function sees it. */
export interface Destination {
  readonly to: DeployedFunction;
  readonly host: string;
  readonly url: string;
  /** The part of the path that the function does not see, or empty. */
  readonly basePath: string;
}

/** A client that sends nothing of its body for this long is given up. */
const CLIENT_IDLE_MS = 30_000;
/** Time for the part of a body that must be there before the function is called; from then on its wall time counts. */
const BODY_START_MS = 60_000;
/** A body of unknown length that has not ended by then is a stream: the function is called with what has come. */
const STREAM_AFTER_MS = 20;
const MIB = 1024 * 1024;
const NO_BYTES = Buffer.alloc(0);
const US_PER_MS = 1_000;

/**
 * One request to a function: reads it, calls the function, writes its answer. The function's limits hold for the body;
 * a client that goes away cancels the call; a client that stands still is given up.
 */
export class FunctionExchange extends Exchange implements CallHandler, BodyListener {
  readonly #surroundings: ExchangeSurroundings;
  readonly #request: CallerRequest;
  readonly #response: CallerResponse;
  readonly #destination: Destination;
  readonly #invocation: string;
  readonly #startedAt = performance.now();
  /** Null unless a split of the function is watched. */
  readonly #tallied: TalliedCall | null;
  #headers: HeaderBlock = '';
  #body: RequestBody | null = null;
  #call: PendingCall | null = null;
  /** Of the calls that wait for an answer. */
  #isWaiting = false;
  #writer: AnswerWriter | null = null;

  constructor(surroundings: ExchangeSurroundings, request: CallerRequest, response: CallerResponse, to: Destination) {
    super();
    this.#surroundings = surroundings;
    this.#request = request;
    this.#response = response;
    this.#destination = to;
    this.#invocation = surroundings.newInvocation();
    this.#tallied = to.to.tally?.begin() ?? null;
  }

  begin(): void {
    this.#response.once('close', () => this.#onClose());
    try {
      this.#surroundings.admission.assertRoom(this.#destination.to);
      const request = this.#request;
      const isPlain = request instanceof PlainRequest;
      this.#headers = isPlain
        ? plainHeaders(request, this.#destination)
        : packRequestHeaders(request, this.#destination);
      this.#assertOutputRoom();
      if (isPlain) this.#startWhole(request.body);
      else if (hasBody(request)) this.#readBody(request);
      else this.#start(NO_BYTES, false);
    } catch (error) {
      this.#refuse(error);
    }
  }

  onBodyStart(bytes: Buffer, hasMore: boolean): void {
    try {
      this.#start(bytes, hasMore);
    } catch (error) {
      this.#refuse(error);
    }
  }

  onBodyPiece(bytes: Buffer): boolean {
    return this.#call?.write(bytes) ?? true;
  }

  onBodyEnd(): void {
    this.#call?.endBody();
  }

  onBodyTooLarge(measured: number): void {
    const { name, bodyBytes } = this.#destination.to;
    const message = `the request body has at least ${measured} bytes; "${name}" takes at most ${bodyBytes}`;
    const facts = { limit: 'bodyMb', limitValue: bodyBytes / MIB, measured: measured / MIB };
    this.#refuse(new SovfnError('body-too-large', message, { hint: 'Raise limits.bodyMb in sovfn.jsonc.', facts }));
  }

  onRoom(): void {
    this.#body?.resume();
  }

  onAnswer(answer: AnswerFrame): void {
    this.#noteWait(answer);
    try {
      this.#writer = this.#makeWriter(answer);
      this.#tallied?.answered(answer);
      if (!answer.complete) return this.#writer.begin();
      this.#body?.stop();
      this.#writer.sendWhole(answer.body);
    } catch (error) {
      this.#refuse(error);
    }
  }

  onChunk(): void {
    this.#writer?.pump();
  }

  onEnd(): void {
    this.#tallied?.ended();
    this.#body?.stop();
    this.#writer?.end();
  }

  onFailure(failure: CallFailure): void {
    this.#stopWaiting();
    if (failure.outcome !== 'canceled') this.#tallied?.failed();
    this.#body?.stop();
    this.#writer?.discard();
    if (this.#response.headersSent) return void this.#response.destroy();
    const headers: string[] = [];
    const { usage, runner } = failure;
    const limit = metLimit(failure, this.#destination.to);
    this.#addFacts(headers, { outcome: failure.outcome, limit, runner, usage, cold: false });
    const problem = problemOfFailure(failure, this.#destination.to, this.#invocation);
    sendProblem(this.#request, this.#response, problem, headers);
  }

  /** Looks whether the client still moves. Returns when to look again, or null when nothing is expected of it. */
  onClientDue(now: number): number | null {
    const blockedSince = this.#writer?.blockedSince ?? null;
    if (blockedSince !== null) return this.#checkBlocked(now, blockedSince + STREAM_IDLE_MS);
    if (this.#body === null || this.#body.isOver || this.#writer !== null) return null;
    const idleAt = this.#body.isPaused ? now + CLIENT_IDLE_MS : this.#body.lastReadAt + CLIENT_IDLE_MS;
    const dueAt = this.#call === null ? Math.min(idleAt, this.#startedAt + BODY_START_MS) : idleAt;
    if (now < dueAt) return dueAt;
    const message = `the request body came too slowly: ${CLIENT_IDLE_MS} ms without a byte, or ${BODY_START_MS} ms for its start`;
    this.#refuse(new SovfnError('request-timeout', message, { hint: 'Send the body without such pauses.' }));
    return null;
  }

  #checkBlocked(now: number, dueAt: number): number | null {
    if (now < dueAt) return dueAt;
    this.#response.destroy();
    return null;
  }

  #startWhole(body: Buffer): void {
    if (body.length > this.#destination.to.bodyBytes) this.onBodyTooLarge(body.length);
    else this.#start(body, false);
  }

  #readBody(request: IncomingMessage): void {
    const { bodyBytes } = this.#destination.to;
    this.#body = new RequestBody(request, this.#response, bodyBytes, this);
    this.#body.start();
    if (this.#body.isOver) return;
    if (request.headers['content-length'] === undefined) this.#passStartSoon(this.#body);
    this.#surroundings.watchClient(this, performance.now() + CLIENT_IDLE_MS);
  }

  #passStartSoon(body: RequestBody): void {
    const timer = setTimeout(() => body.passStart(), STREAM_AFTER_MS);
    this.#response.once('close', () => clearTimeout(timer));
  }

  #start(body: Buffer, streamed: boolean): void {
    const { to, url } = this.#destination;
    const invocation = this.#invocation;
    const method = this.#request.method!;
    const headers = this.#headers;
    const call = { invocation, trigger: 'http', method, url, headers, body, streamed } as const;
    this.#call = this.#surroundings.calls.start(to.target, call, this);
    this.#surroundings.admission.enter(to);
    this.#isWaiting = true;
  }

  /** Throws why the call must not run: its output could not be kept. */
  #assertOutputRoom(): void {
    const { to } = this.#destination;
    if (to.outputs.keep === 'all') this.#surroundings.outputs.assertRoom(to.target.zone, to.tenant);
  }

  #makeWriter(answer: AnswerFrame): AnswerWriter {
    if (answer.status < 200 || answer.status > 599) {
      throw new SovfnError(
        'invalid-response',
        `the function answered with the status ${answer.status}; 200 to 599 are allowed`,
      );
    }
    const { flat, declaredBytes } = readFunctionHeaders(answer.headers);
    const output = this.#openOutput(answer, flat);
    const runner = isName(answer.node) ? answer : null;
    this.#addFacts(flat, { outcome: null, runner, usage: answer, cold: answer.cold });
    return new AnswerWriter({
      request: this.#request,
      response: this.#response,
      head: { status: answer.status, headers: flat, declaredBytes },
      mustClose: this.#surroundings.isDraining(),
      output,
      take: () => this.#call?.take() ?? null,
      onBlocked: () => this.#surroundings.watchClient(this, performance.now() + STREAM_IDLE_MS),
      onBroken: (error) => this.#refuse(error),
    });
  }

  #openOutput(answer: AnswerFrame, functionHeaders: readonly string[]): AnswerOutput | null {
    const { tenant, name, version, target, outputs } = this.#destination.to;
    if (outputs.keep !== 'all') return null;
    const where = { tenant, function: name, version, zone: target.zone };
    const of = { ...where, invocation: this.#invocation, trigger: 'http', call: null, attempt: 1 } as const;
    const startedAt = new Date(Date.now() - this.#elapsedMs()).toISOString();
    const end = { node: answer.node, status: answer.status, headers: [...functionHeaders], outcome: 'ok' };
    return { sink: this.#surroundings.outputs.start({ ...of, startedAt }, outputs), end };
  }

  #addFacts(
    flat: string[],
    of: {
      outcome: string | null;
      limit?: MetLimit | null;
      runner: Runner | null;
      usage: Usage | null;
      cold: boolean;
    },
  ): void {
    const { to } = this.#destination;
    addAnswerFacts(flat, {
      invocation: this.#invocation,
      shortVersion: to.shortVersion,
      node: of.runner?.node ?? null,
      zone: to.target.zone,
      outcome: of.outcome,
      limit: of.limit ?? null,
      cold: of.cold,
      wallMs: of.usage === null ? null : of.usage.wallUs / 1_000,
      cpuMs: of.usage === null ? null : of.usage.cpuUs / 1_000,
      totalMs: this.#elapsedMs(),
    });
  }

  /** The exchange ends with an error that is not the function's failure frame. */
  #refuse(error: unknown): void {
    this.#body?.stop();
    this.#writer?.discard();
    this.#call?.cancel();
    this.#stopWaiting();
    if (!isShed(error) && (!isSovfnError(error) || errorStatus(error.code) >= 500)) {
      this.#tallied?.failed();
      this.#surroundings.onError(this.#invocation, error);
    }
    this.#destination.to.counts.noteRefused(isSovfnError(error) ? error.code : 'internal-error');
    if (this.#response.headersSent) return void this.#response.destroy();
    const known = isSovfnError(error)
      ? error
      : new SovfnError('internal-error', 'the gateway failed', { cause: error });
    sendProblem(this.#request, this.#response, problemOfError(known, this.#invocation), this.#refusalHeaders(known));
  }

  #refusalHeaders(error: SovfnError): string[] {
    const headers: string[] = [];
    const outcome = isOutcome(error.code) ? error.code : null;
    this.#addFacts(headers, { outcome, runner: this.#call?.runner ?? null, usage: null, cold: false });
    return headers;
  }

  #onClose(): void {
    this.#body?.stop();
    this.#writer?.discard();
    this.#call?.cancel();
    this.#stopWaiting();
    this.#surroundings.onOver(this);
  }

  #noteWait({ wallUs }: Usage): void {
    if (!this.#isWaiting || this.#call === null) return;
    const { lastHeardAt, startedAt } = this.#call;
    const serviceMs = wallUs / US_PER_MS;
    const waitMs = lastHeardAt - startedAt - serviceMs;
    this.#surroundings.admission.answered(this.#destination.to, lastHeardAt, waitMs, serviceMs);
    this.#stopWaiting();
  }

  #stopWaiting(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#surroundings.admission.leave(this.#destination.to);
  }

  #elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }
}

/** Said once in the log for all of them (see Admission), and no fault of the version. */
function isShed(error: unknown): boolean {
  return isSovfnError(error) && error.code === 'load-shed';
}
