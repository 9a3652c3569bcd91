/**
 * The cell once it belongs to a tenant: its NATS subscriptions besides the versions' own, and the routing of frames to
 * the calls in flight.
 *
 * Hostile: every message. One that breaks the protocol is counted and dropped; it ends no call but its own.
 */
import {
  callKeyOfReply,
  cellInboxPrefix,
  cellInboxSubject,
  decodeGatewayFrame,
  decodeWho,
  encodeFailure,
  type GatewayFrame,
  type Runner,
  whoSubject,
} from '@sovfn/protocol';
import { Deadlines, Replies, type WireConnection } from '@sovfn/bus/wire';
import type { LogKey } from './code.ts';
import type { AskOpener } from './broker/broker-client.ts';
import type { ServedCall } from './call.ts';
import { CallsInFlight } from './calls-in-flight.ts';
import { FunctionService } from './function-service.ts';
import type { EntryMeter } from './isolate/entry-meter.ts';
import { type Failure, thrown } from './isolate/failures.ts';
import type { FunctionCode } from './isolate/function-code.ts';
import type { SpareIsolates } from './isolate/spare-isolates.ts';
import { FunctionLog } from './logs/function-log.ts';
import { dropMalformed } from './malformed.ts';
import { type AskedCalls, CallStatements } from './receipts/call-statements.ts';
import { SpanSender } from './spans/span-sender.ts';

export interface TenantServiceOptions {
  readonly zone: string;
  readonly tenant: string;
  readonly runner: Runner;
  readonly connection: WireConnection;
  readonly spares: SpareIsolates;
  readonly meter: EntryMeter;
  readonly broker: AskOpener;
  /** Records of calls of a version, for its node's receipts. */
  /** How often a call that is over has asked the broker for something. */
  readonly takeAsked: (invocation: string) => number;
  readonly onStatements: (code: FunctionCode, records: Buffer, asked: AskedCalls) => void;
  readonly onLoaded: (code: FunctionCode, loadMs: number) => void;
  readonly onLoadFailed: (code: FunctionCode, failure: Failure) => void;
}

export interface VersionUse {
  readonly function: string;
  readonly version: string;
  /** Calls started since it was loaded, and the CPU time of all of them. Microseconds. */
  readonly calls: number;
  readonly cpuUs: number;
  /** For how long no call was in it. Milliseconds. */
  readonly idleMs: number;
  /** Memory of its isolates at the last look, MiB. */
  readonly heldMb: number;
}

const SLOW_TICK_MS = 10;
const UNUSED = { cpuUs: 0, wallUs: 0 };

export class TenantService {
  readonly #options: TenantServiceOptions;
  readonly #services = new Map<string, { code: FunctionCode; service: FunctionService }>();
  /** Why versions could not be loaded: calls that the supervisor placed before it heard of it are on their way. */
  readonly #failed = new Map<string, Failure>();
  readonly #calls = new CallsInFlight();
  readonly #slow = new Deadlines<ServedCall>({
    onDue: (served) => lookAtSlow(served, this.#slow),
    tickMs: SLOW_TICK_MS,
  });
  readonly #replies: Replies;
  readonly #inboxPrefixLength: number;

  constructor(options: TenantServiceOptions) {
    this.#options = options;
    const { connection, zone, tenant, runner } = options;
    this.#replies = new Replies(connection);
    this.#inboxPrefixLength = cellInboxPrefix(zone, tenant, runner.cell).length;
    connection.subscribe(cellInboxSubject(zone, tenant, runner.cell), null, (message, subject) =>
      this.#onFrame(message, subject.slice(this.#inboxPrefixLength)),
    );
    connection.subscribe(whoSubject(zone, tenant), null, (message) => dropMalformed(() => this.#onWho(message)));
  }

  get inFlight(): number {
    return this.#calls.size;
  }

  get isolateCount(): number {
    let count = 0;
    for (const { service } of this.#services.values()) count += service.isolateCount;
    return count;
  }

  use(now: number): VersionUse[] {
    return [...this.#services.values()].map(({ code, service }) => {
      const { startedCalls, cpuUs, heldMb } = service;
      const name = { function: code.name, version: code.version };
      return { ...name, calls: startedCalls, cpuUs: Math.round(cpuUs), idleMs: service.idleMs(now), heldMb };
    });
  }

  /** Starts to load a version; one that is there already is left as it is. */
  load(code: FunctionCode, logKey: LogKey | null): void {
    const key = serviceKey(code.name, code.version);
    if (this.#services.has(key)) return;
    this.#failed.delete(key);
    const { zone, tenant, runner, connection, spares, meter, broker } = this.#options;
    const of = { connection, runner, zone, tenant, name: code.name, version: code.version };
    const service: FunctionService = new FunctionService({
      code,
      zone,
      tenant,
      runner,
      connection,
      replies: this.#replies,
      spares,
      meter,
      broker,
      slow: this.#slow,
      calls: this.#calls,
      log: new FunctionLog({ ...of, logKey }),
      spans: new SpanSender(of),
      statements: new CallStatements({
        takeAsked: this.#options.takeAsked,
        send: (records, asked) => this.#options.onStatements(code, records, asked),
      }),
      onLoaded: (loadMs) => this.#options.onLoaded(code, loadMs),
      onLoadFailed: (failure) => this.#onLoadFailed(key, code, failure),
    });
    this.#services.set(key, { code, service });
    service.start();
  }

  /** Calls from now on find another environment. Nothing happens to a version that is not here. */
  renew(name: string, version: string, environment: string): void {
    this.#services.get(serviceKey(name, version))?.service.renew(environment);
  }

  /** Runs a call that was placed here. Throws ProtocolError for a malformed one, Error for a version that was never loaded. */
  run(name: string, version: string, reply: string, message: Buffer): void {
    const { zone, tenant, runner } = this.#options;
    const key = callKeyOfReply(reply, zone, tenant);
    const known = this.#services.get(serviceKey(name, version));
    const failure = this.#failed.get(serviceKey(name, version));
    if (failure !== undefined)
      return this.#replies.send(reply, encodeFailure({ ...failure, ...UNUSED, ...runner, report: null }));
    if (key === null) throw new Error(`"${reply}" is not a reply subject of tenant "${tenant}" in zone "${zone}"`);
    if (known === undefined) throw new Error(`version ${version} of "${name}" was never loaded here`);
    known.service.accept(message, key, reply);
  }

  async evict(name: string, version: string): Promise<void> {
    const key = serviceKey(name, version);
    const known = this.#services.get(key);
    if (known === undefined) return;
    await known.service.drain();
    this.#services.delete(key);
  }

  async drain(): Promise<void> {
    await Promise.all([...this.#services.values()].map(({ service }) => service.drain()));
    this.#slow.close();
  }

  /** Regular look at calls and loads that hang. */
  look(now: number): void {
    for (const { service } of this.#services.values()) service.look(now);
  }

  #onLoadFailed(key: string, code: FunctionCode, failure: Failure): void {
    this.#failed.set(key, failure);
    const known = this.#services.get(key);
    if (known !== undefined) {
      this.#services.delete(key);
      void known.service.drain().catch(() => undefined);
    }
    this.#options.onLoadFailed(code, failure);
  }

  #onFrame(message: Buffer, callKey: string): void {
    const served = this.#calls.get(callKey);
    if (served === null) return;
    try {
      this.#applyFrame(served, decodeGatewayFrame(message));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      served.owner.end(served, thrown('internal-error', { name: 'StreamError', message: reason, stack: '' }));
    }
  }

  #applyFrame(served: ServedCall, frame: GatewayFrame): void {
    switch (frame.kind) {
      case 'chunk':
        return served.receiver?.accept(frame);
      case 'end':
        if (frame.outcome === 'ok') return served.receiver?.finish(frame.chunks);
        return served.owner.end(served, null);
      case 'credit':
        return served.sender?.grant(frame.chunks);
      case 'cancel':
        return served.owner.end(served, null);
    }
  }

  #onWho(message: Buffer): void {
    const { callKey, cancel } = decodeWho(message);
    const served = this.#calls.get(callKey);
    if (served === null) return;
    if (cancel) served.owner.end(served, null);
    else served.sayTaken();
  }
}

/** A call that takes longer than a moment says so to its gateway, and is looked at again when its time is over. */
function lookAtSlow(served: ServedCall, slow: Deadlines<ServedCall>): void {
  const now = performance.now();
  const dueAt = served.acceptedAt + served.owner.allowedMs(served);
  if (now >= dueAt) return served.owner.endOverdue(served, now);
  served.sayTaken();
  slow.set(served, dueAt);
}

function serviceKey(name: string, version: string): string {
  return `${name}/${version}`;
}
