/**
 * A real cell process with a real nats-server, and the two peers it has: its supervisor (the channel) and a gateway (a
 * NATS client that speaks the protocol's frames).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { toScriptForm } from '@sovfn/builder/script';
import { createBusOperator, createUserCredential, operatorConfig } from '@sovfn/bus';
import { Bundler, dial, WireClient } from '@sovfn/bus/wire';
import {
  type BundledMessage,
  bundleSubject,
  type Call,
  callSubject,
  cellInboxPrefix,
  cellPermissions,
  type CellFrame,
  decodeCellFrame,
  encodeBundle,
  encodeCall,
  encodeCancel,
  encodeChunk,
  encodeCredit,
  encodeEnd,
  type FunctionLimits,
  functionLimitsSchema,
  gatewayPermissions,
  gatewayRepliesSubject,
  flattenLogBatch,
  type LogBatch,
  logBatchSchema,
  logSubject,
  type LogEvent,
  isBundleSubject,
  makeInvocationIds,
  packHeaders,
  readBundle,
  replySubjectPrefix,
  type Trigger,
  zoneLogsSubject,
} from '@sovfn/protocol';
import { startNats } from '@sovfn/testkit';
import { refuseRingsToChildren } from '../../src/cell/lock/no-rings.ts';
import { Channel } from '../../src/channel/frame.ts';
import { type FromCell, fromCellSchema, type ToCell } from '../../src/channel/messages.ts';
import { buildPrelude } from '../../src/prelude/build-prelude.ts';
import { CELL_ENVIRONMENT, CELL_NODE_FLAGS } from '../../src/supervisor/cells/cell-flags.ts';

const ZONE = 'fr';
const TENANT = 'main';
const CELL = 'c1';
const GATEWAY = 'gw-1';
const MAIN = fileURLToPath(new URL('../../src/cell/main.ts', import.meta.url));
const COMMAND = [process.execPath, ...CELL_NODE_FLAGS, MAIN] as const;
const REPLY = replySubjectPrefix(GATEWAY, ZONE, TENANT);

export interface Answer {
  readonly frames: readonly CellFrame[];
  readonly status: number | null;
  readonly headers: string;
  readonly body: Buffer;
  /** `ok`, or the outcome of the failure, refusal or end frame. */
  readonly outcome: string;
  readonly last: CellFrame;
}

export interface CallOptions {
  readonly trigger?: Trigger;
  readonly method?: string;
  readonly url?: string;
  readonly headers?: readonly string[];
  readonly body?: Uint8Array;
  readonly remainingMs?: number;
}

export interface CellStart {
  /** Command line of the process; default: this Node with the flags and the main module of cells. */
  readonly command?: readonly [string, ...string[]];
}

export async function startCell({ command = COMMAND }: CellStart = {}) {
  const operator = await createBusOperator('test');
  const nats = await startNats({ config: operatorConfig(operator) });
  const user = (name: string, permissions: ReturnType<typeof cellPermissions>) =>
    createUserCredential({ accountSeed: operator.accountSeed, name, permissions, expiresAt: null });
  const gateway = await WireClient.connect({
    address: nats.address,
    credential: await user('gw', gatewayAndReader()),
    name: 'gw',
  });
  refuseRingsToChildren();
  const [program, ...args] = command;
  const child = spawn(program, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe', 'pipe'],
    env: CELL_ENVIRONMENT,
  });
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  const heads: FromCell[] = [];
  const waiting = new Set<() => void>();
  const channel = new Channel<FromCell, ToCell>(child.stdio[4] as Duplex, {
    schema: fromCellSchema,
    onMessage: (head) => {
      heads.push(head);
      for (const look of waiting) look();
    },
    onClosed: () => undefined,
  });
  const seen = <T extends FromCell['type']>(type: T, of?: string): Promise<Extract<FromCell, { type: T }>> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = heads.find(
          (head) => head.type === type && (of === undefined || ('version' in head && head.version === of)),
        );
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found as Extract<FromCell, { type: T }>);
      };
      waiting.add(look);
      look();
    });

  const { source, parts } = await buildPrelude();
  const boot = [source, JSON.stringify(parts)].map((text) => Buffer.from(text));
  const [preludeBytes, partsBytes] = boot.map(({ length }) => length) as [number, number];
  channel.send({ v: 1, type: 'boot', socket: null, preludeBytes, partsBytes, cacheBytes: 0 }, boot);
  const { lockLevel } = await seen('ready');
  const credential = await user(CELL, cellPermissions(ZONE, TENANT, CELL));
  channel.send({
    v: 1,
    type: 'assign',
    node: 'node-1',
    cell: CELL,
    zone: ZONE,
    tenant: TENANT,
    jwt: credential.jwt,
    seed: Buffer.from(credential.seed).toString(),
  });
  child.send('bus', await dial(nats.address));
  await seen('assigned');
  return new CellHarness({ nats, gateway, child, channel, seen, exited, lockLevel });
}

/** A gateway that also hears what cells log; gateways read that from the log stream. */
function gatewayAndReader(): ReturnType<typeof gatewayPermissions> {
  const { publish, subscribe } = gatewayPermissions(GATEWAY, [ZONE]);
  return { publish, subscribe: [...subscribe, zoneLogsSubject(ZONE)] };
}

interface Parts {
  readonly nats: Awaited<ReturnType<typeof startNats>>;
  readonly gateway: WireClient;
  readonly child: ChildProcess;
  readonly channel: Channel<FromCell, ToCell>;
  readonly seen: <T extends FromCell['type']>(type: T, of?: string) => Promise<Extract<FromCell, { type: T }>>;
  readonly exited: Promise<[number | null, string | null]>;
  readonly lockLevel: number;
}

export class CellHarness {
  readonly parts: Parts;
  readonly #nextId = makeInvocationIds((size) => crypto.getRandomValues(new Uint8Array(size)));
  readonly #listeners = new Map<string, (frame: CellFrame | null) => void>();
  readonly #versions = new Map<string, string>();
  /** Calls of one turn go together, as a gateway sends them. */
  readonly #bundler: Bundler<BundledMessage>;
  #nextCall = 1;
  #nextVersion = 1;

  constructor(parts: Parts) {
    this.parts = parts;
    this.#bundler = new Bundler({ turn: parts.gateway, send: (subject, calls) => this.#sendTogether(subject, calls) });
    const hear = (number: string, message: Buffer | null): void =>
      this.#listeners.get(number)?.(message === null ? null : decodeCellFrame(Buffer.from(message)));
    parts.gateway.subscribe(gatewayRepliesSubject(GATEWAY), null, (message, subject, _reply, noResponders) => {
      if (isBundleSubject(subject)) readBundle(message, hear);
      else hear(subject.slice(subject.lastIndexOf('.') + 1), noResponders ? null : message);
    });
  }

  /** `body`: the members of the handler object, or a whole module when it has an `export`. Returns the version. */
  async deploy(name: string, body: string, limits: Partial<FunctionLimits> = {}, sourceMap = '{}'): Promise<string> {
    const version = (this.#nextVersion++).toString(16).padStart(8, '0').padEnd(64, '0');
    const module = body.includes('export{') ? body : `const handler = { ${body} };\nexport{handler as default};\n`;
    const script = Buffer.from(toScriptForm(module).script);
    const map = Buffer.from(sourceMap);
    this.#versions.set(name, version);
    this.parts.channel.send(
      {
        v: 1,
        type: 'load',
        function: name,
        version,
        limits: functionLimitsSchema.parse(limits),
        vars: { GREETING: 'bonjour' },
        sourceBytes: script.length,
        cacheBytes: 0,
        mapBytes: map.length,
      },
      [script, map],
    );
    await Promise.race([this.parts.seen('loaded', version), this.parts.seen('load-failed', version)]);
    return version;
  }

  /** Calls a function over NATS and reads its whole answer, granting credits as chunks come. */
  async call(name: string, options: CallOptions = {}): Promise<Answer> {
    return (await this.start(name, options)).answer;
  }

  /** A call under way: its frames so far, and what a gateway can do to it. `streamed` bodies are sent against credits. */
  async start(name: string, options: CallOptions & { stream?: Iterable<Uint8Array>; holdCredits?: boolean } = {}) {
    const number = (this.#nextCall++).toString(36);
    const inbox = `${cellInboxPrefix(ZONE, TENANT, CELL)}${GATEWAY}.${number}`;
    const version = this.#versions.get(name);
    if (version === undefined) throw new Error(`"${name}" was not deployed`);
    const subject = callSubject({ zone: ZONE, tenant: TENANT, function: name, version });
    const publish = (frame: Buffer): void => {
      this.#bundler.send(subject);
      this.parts.gateway.publish(inbox, frame);
    };
    const frames: CellFrame[] = [];
    const first = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<Answer>();
    const upload = options.stream === undefined ? null : new Upload(options.stream, publish);
    this.#listeners.set(number, (frame) => {
      if (frame === null) return answer.reject(new Error(`nobody serves "${name}"`));
      frames.push(frame);
      first.resolve();
      if (frame.kind === 'chunk' && options.holdCredits !== true) {
        publish(encodeCredit({ chunks: 1, node: '', cell: '' }));
      }
      if (frame.kind === 'credit') upload?.send(frame.chunks);
      const whole = readAnswer(frames);
      if (whole !== null) {
        this.#listeners.delete(number);
        answer.resolve(whole);
      }
    });
    const message = encodeCall(this.#makeCall(name, options, upload !== null));
    this.#bundler.add(subject, { name: number, message }, message.length);
    answer.promise.catch(() => undefined);
    return {
      answer: answer.promise,
      firstFrame: first.promise,
      frames,
      cancel: () => publish(encodeCancel()),
      grant: (chunks: number) => publish(encodeCredit({ chunks, node: '', cell: '' })),
    };
  }

  /** Lines that a function logs from now on. */
  logs(name: string): LogEvent[] {
    const lines: LogEvent[] = [];
    this.#onLog(name, (batch) => lines.push(...flattenLogBatch(ZONE, batch).filter(({ end }) => end === null)));
    return lines;
  }

  /** How calls of a function end from now on. */
  endings(name: string): LogEvent[] {
    const endings: LogEvent[] = [];
    this.#onLog(name, (batch) => endings.push(...flattenLogBatch(ZONE, batch).filter(({ end }) => end !== null)));
    return endings;
  }

  /** What a function logs from now on, as it crosses the bus. */
  logBatches(name: string): LogBatch[] {
    const batches: LogBatch[] = [];
    this.#onLog(name, (batch) => batches.push(batch));
    return batches;
  }

  #sendTogether(subject: string, calls: readonly BundledMessage[]): void {
    const [first] = calls as readonly [BundledMessage];
    const reply = REPLY + first.name;
    if (calls.length === 1) this.parts.gateway.publish(subject, first.message, reply);
    else this.parts.gateway.publish(subject, encodeBundle(calls), bundleSubject(reply));
  }

  #onLog(name: string, onBatch: (batch: LogBatch) => void): void {
    this.parts.gateway.subscribe(logSubject({ zone: ZONE, tenant: TENANT, function: name }), null, (message) =>
      onBatch(logBatchSchema.parse(JSON.parse(message.toString()))),
    );
  }

  /** What the cell's watch thread reports. */
  get watch(): Readable {
    return this.parts.child.stdio.at(5) as Readable;
  }

  get pid(): number {
    return this.parts.child.pid!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.parts.child.kill('SIGKILL');
    await this.parts.exited;
    await this.parts.gateway.close();
    await this.parts.nats[Symbol.asyncDispose]();
  }

  #makeCall(name: string, options: CallOptions, streamed: boolean): Call {
    return {
      invocation: this.#nextId(),
      trigger: options.trigger ?? 'http',
      method: options.method ?? (options.body === undefined && !streamed ? 'GET' : 'POST'),
      url: options.url ?? `http://localhost/fn/${name}/`,
      headers: packHeaders(options.headers ?? []),
      remainingMs: options.remainingMs ?? 60_000,
      resends: 0,
      body: options.body ?? new Uint8Array(),
      streamed,
      probe: false,
      isTraced: false,
    };
  }
}

/** Sends a body's pieces as credits allow, and its end once. */
class Upload {
  readonly #pieces: Iterator<Uint8Array>;
  readonly #publish: (frame: Buffer) => void;
  #sent = 0;
  #isEnded = false;

  constructor(pieces: Iterable<Uint8Array>, publish: (frame: Buffer) => void) {
    this.#pieces = pieces[Symbol.iterator]();
    this.#publish = publish;
  }

  send(credits: number): void {
    for (let credit = 0; credit < credits && !this.#isEnded; credit++) {
      const next = this.#pieces.next();
      this.#isEnded = next.done === true;
      if (next.done === true) this.#publish(encodeEnd({ outcome: 'ok', cpuUs: 0, wallUs: 0, chunks: this.#sent }));
      else this.#publish(encodeChunk(this.#sent++, next.value));
    }
  }
}

function readAnswer(frames: readonly CellFrame[]): Answer | null {
  const last = frames.at(-1)!;
  const head = frames.find((frame) => frame.kind === 'answer');
  const chunks = frames.filter((frame) => frame.kind === 'chunk').map((frame) => frame.bytes);
  const status = head?.status ?? null;
  const headers = head?.headers ?? '';
  if (last.kind === 'answer' && last.complete) {
    return { frames, status, headers, body: Buffer.from(last.body), outcome: 'ok', last };
  }
  if (last.kind === 'end' || last.kind === 'failure' || last.kind === 'refusal') {
    return { frames, status, headers, body: Buffer.concat(chunks), outcome: last.outcome, last };
  }
  return null;
}
