/** A whole platform as `sovfn up` makes it, on free ports, with data in a temporary folder, for the functions of a test. */
import { buildFunction } from '@sovfn/builder';
import { DEFAULT_TENANT, type FunctionConfig, type JsonBody, PROTOCOL_VERSION, SovfnError } from '@sovfn/protocol';
import { openBindings, type OpenBindings } from '@sovfn/runtime/bindings';
import { randomBytes } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlClient } from '../api/control-client.ts';
import { deployBuild } from '../api/deploy-build.ts';
import { makeSay, type Say } from '../language.ts';
import { en } from '../messages/en.ts';
import { upPlatform, type UpProgress } from '../platform/index.ts';
import { FunctionLog } from './function-log.ts';
import {
  type HostAnswer,
  type HostArguments,
  type HostOperation,
  fromBase64,
  toBase64,
  type WireRun,
} from './messages.ts';
import { RunWatch } from './run-watch.ts';

interface Deployed {
  readonly version: string;
  readonly config: FunctionConfig;
  readonly log: FunctionLog;
}

type Operations = { readonly [Op in HostOperation]: (args: HostArguments<Op>) => Promise<HostAnswer<Op>> };

/** 0: any free one, so that a platform of the developer's keeps the usual ones. */
const ANY_PORTS = { public: 0, control: 0, operator: 0, bus: 0, store: 0, monitor: 0 };
const SECRET_BYTES = 32;

export class TestPlatform implements AsyncDisposable {
  readonly #client: ControlClient;
  readonly #bindings: OpenBindings;
  readonly #publicUrl: string;
  readonly #runs: RunWatch;
  readonly #resources: AsyncDisposableStack;
  readonly #deployed = new Map<string, Deployed>();

  readonly operations: Operations = {
    deploy: (args) => this.#deploy(args),
    schedule: (args) => this.#schedule(args),
    webhook: (args) => this.#webhook(args),
    queue: (args) => this.#queue(args),
    binding: (args) => this.#binding(args),
    run: async ({ event }) => this.#runs.tried(event),
    settle: async ({ owner }) => this.#runs.settled(owner),
    logs: async ({ owner, invocation }) => this.#deployedAs(owner).log.lines(invocation),
  };

  static async start(signal: AbortSignal): Promise<TestPlatform> {
    await using resources = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'sovfn-test-'));
    resources.defer(async () => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
    const platform = resources.use(
      await upPlatform({
        data: join(folder, 'data'),
        ports: ANY_PORTS,
        isCurrent: false,
        allowPrivate: true,
        fleet: { gateways: 1 },
        signal,
        onProgress: tellInstalling,
      }),
    );
    const { urls, token, data } = platform.facts;
    const bindings = resources.use(await openBindings(join(data, 'run', 'node.json')));
    const say: Say = makeSay(en);
    const client = new ControlClient({ url: new URL(urls.control), token, say, signal });
    return new TestPlatform(client, { bindings, publicUrl: urls.public, resources: resources.move() });
  }

  private constructor(
    client: ControlClient,
    { bindings, publicUrl, resources }: { bindings: OpenBindings; publicUrl: string; resources: AsyncDisposableStack },
  ) {
    this.#client = client;
    this.#bindings = bindings;
    this.#publicUrl = publicUrl;
    this.#resources = resources;
    this.#runs = new RunWatch(client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { log } of this.#deployed.values()) log.close();
    await this.#resources.disposeAsync();
  }

  async #deploy({ folder, secrets, vars }: HostArguments<'deploy'>): Promise<HostAnswer<'deploy'>> {
    const build = await buildFunction(folder, { vars });
    const { config, version } = build;
    const { name } = config;
    for (const [secret, value] of Object.entries(secrets)) await this.#setSecret(name, secret, value);
    const { missingSecrets } = await deployBuild(this.#client, build, {
      release: { kind: 'current' },
      acceptsEgress: true,
      signature: null,
    });
    for (const secret of missingSecrets) {
      await this.#setSecret(name, secret, `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`);
    }
    this.#deployed.get(name)?.log.close();
    const log = await FunctionLog.follow(this.#client, name);
    this.#deployed.set(name, { version, config, log });
    return { name, url: `${this.#publicUrl}/fn/${name}/`, hooksUrl: `${this.#publicUrl}/hooks/${name}/` };
  }

  async #setSecret(name: string, secret: string, value: string): Promise<void> {
    await this.#client.setSecret(name, secret, { v: PROTOCOL_VERSION, value, overlapMs: null });
  }

  async #schedule({ owner, schedule, at }: HostArguments<'schedule'>): Promise<WireRun> {
    const { event } = await this.#client.schedules.run(owner, schedule, { v: PROTOCOL_VERSION, at });
    return this.#runs.tried(event);
  }

  async #webhook(args: HostArguments<'webhook'>): Promise<HostAnswer<'webhook'>> {
    const { owner, webhook, body, contentType, id, type } = args;
    const request = { v: PROTOCOL_VERSION, provider: null, body: jsonBody(body), contentType, id, type } as const;
    const { status, event, isDuplicate } = await this.#client.sendWebhook(owner, webhook, request);
    return { status, isDuplicate, run: event === null ? null : await this.#runs.tried(event) };
  }

  async #queue({ owner, binding, messages }: HostArguments<'queue'>): Promise<WireRun[]> {
    const before = await this.#runs.queued(owner, binding);
    const bodies = messages.map(({ body }) => fromBase64(body));
    const head = {
      binding,
      messages: messages.map(({ contentType }, at) => ({ bytes: bodies[at]!.length, contentType, delaySeconds: 0 })),
    };
    await this.#bindings.carryOut(this.#ownerOf(owner), { kind: 'queue', head }, Buffer.concat(bodies));
    return this.#runs.queuedSince(before, { owner, binding, count: messages.length });
  }

  async #binding({ owner, kind, head, body }: HostArguments<'binding'>): Promise<HostAnswer<'binding'>> {
    const bytes = body === null ? null : fromBase64(body);
    const ask = { kind, head } as Parameters<OpenBindings['carryOut']>[1];
    const answer = await this.#bindings.carryOut(this.#ownerOf(owner), ask, bytes);
    return { head: answer.head, body: toBase64(await collect(answer.body)) };
  }

  #ownerOf(owner: string) {
    const { version, config } = this.#deployedAs(owner);
    return { tenant: DEFAULT_TENANT, version, config };
  }

  #deployedAs(owner: string): Deployed {
    const deployed = this.#deployed.get(owner);
    if (deployed !== undefined) return deployed;
    throw new SovfnError('function-not-found', `the function "${owner}" is not started`);
  }
}

function jsonBody(base64: string): JsonBody {
  const bytes = fromBase64(base64);
  if (isUtf8(bytes)) return { encoding: 'utf8', data: bytes.toString('utf8') };
  return { encoding: 'base64', data: base64 };
}

async function collect(body: Uint8Array | AsyncIterable<Uint8Array> | null): Promise<Uint8Array> {
  if (body === null || body instanceof Uint8Array) return body ?? new Uint8Array();
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The first start on a machine may take minutes: a test that seems to hang says why. */
function tellInstalling(event: UpProgress): void {
  if (event.type === 'tried' && (event.step === 'release' || event.step === 'build')) {
    process.stderr.write(`${event.server}: ${event.result}\n`);
  }
}
