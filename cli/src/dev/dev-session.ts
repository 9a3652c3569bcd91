/**
 * Functions under development on a platform of their own: the parts that `sovfn up` starts, with data in the functions'
 * folder. What is saved is built and deployed; what they keep stays from one session to the next.
 */
import { prepareForManyBuilds } from '@sovfn/builder';
import { makeInvocationIds, PROTOCOL_VERSION } from '@sovfn/protocol';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlClient } from '../api/control-client.ts';
import type { Say } from '../language.ts';
import type { Environment, UpProgress } from '../platform/index.ts';
import type { DevEvent, DevFunction } from '../json/dev-events.ts';
import { Front } from './front.ts';
import { chooseInspectPort, untilInspectable } from './inspect-port.ts';
import { FunctionReload } from './function-reload.ts';
import { LOOPBACK } from '../servers/free-port.ts';
import { feedLogs } from './log-feed.ts';
import { feedRuns } from './run-feed.ts';

const newKey = makeInvocationIds((size) => randomBytes(size));
const DATA = '.sovfn';
/** Any free ones: only the front has an address that people use. */
const INNER_PORTS = { public: 0, control: 0, operator: 0, bus: 0, store: 0, monitor: 0 };

export interface DevOptions {
  /** Folder whose `.sovfn/dev` holds the data. */
  readonly root: string;
  /** Of the functions. */
  readonly folders: readonly string[];
  readonly port: number | null;
  /** A debugger can stop the functions, which run without isolation and with the widest limits. */
  readonly isInspected: boolean;
  readonly say: Say;
  readonly signal: AbortSignal;
  readonly environment: Environment;
  readonly onEvent: (event: DevEvent) => void;
  /** Of the platform while it starts. */
  readonly onProgress: (event: UpProgress) => void;
}

export class DevSession implements AsyncDisposable {
  readonly #options: DevOptions;
  readonly #client: ControlClient;
  readonly #front: Front;
  readonly #reloads: FunctionReload[] = [];
  readonly #feeds = new Map<string, AbortController>();
  readonly #resources: AsyncDisposableStack;
  readonly tokenFile: string;
  /** Resolves when the platform has ended. */
  readonly stopped: Promise<void>;

  /** Resolves when every function was built once, whatever came of it. Throws what `upPlatform` throws, and `port-taken`. */
  static async start(options: DevOptions): Promise<DevSession> {
    await using resources = new AsyncDisposableStack();
    prepareForManyBuilds(process.env);
    const reloads: FunctionReload[] = [];
    const untilSettled = async (): Promise<void> => void (await Promise.all(reloads.map((one) => one.settled())));
    const { port, say, onEvent, signal, environment, isInspected } = options;
    const inspectPort = isInspected ? await chooseInspectPort() : null;
    const front = resources.use(await Front.open({ port, say, onEvent, untilSettled }));
    const { upPlatform } = await import('../platform/index.ts');
    const platform = resources.use(
      await upPlatform({
        data: await prepareData(options.root),
        ports: INNER_PORTS,
        isCurrent: false,
        allowPrivate: true,
        fleet: { gateways: 1 },
        ...(inspectPort !== null && { inspectPort }),
        environment,
        signal,
        onProgress: options.onProgress,
      }),
    );
    const { urls, token, tokenFile } = platform.facts;
    front.leadTo(urls.public);
    const client = new ControlClient({ url: new URL(urls.control), token, say, signal });
    const session = new DevSession(options, {
      client,
      front,
      reloads,
      tokenFile,
      stopped: platform.stopped,
      resources: resources.move(),
    });
    try {
      await session.#begin();
      const functions = await session.describe();
      if (inspectPort !== null) await untilInspectable(inspectPort);
      const inspector = inspectPort === null ? null : `${LOOPBACK}:${inspectPort}`;
      onEvent({ type: 'ready', url: front.url, functions, control: urls.control, tokenFile, inspector });
    } catch (error) {
      await session[Symbol.asyncDispose]();
      throw error;
    }
    return session;
  }

  private constructor(
    options: DevOptions,
    owned: {
      client: ControlClient;
      front: Front;
      reloads: FunctionReload[];
      tokenFile: string;
      stopped: Promise<void>;
      resources: AsyncDisposableStack;
    },
  ) {
    this.#options = options;
    this.#client = owned.client;
    this.#front = owned.front;
    this.#reloads = owned.reloads;
    this.#resources = owned.resources;
    this.tokenFile = owned.tokenFile;
    this.stopped = owned.stopped;
  }

  get url(): string {
    return this.#front.url;
  }

  /** Address of the control API. */
  get control(): string {
    return this.#client.url.origin;
  }

  /** Functions that answer, with what can be done with them. */
  async describe(): Promise<DevFunction[]> {
    const built = this.#reloads.flatMap(({ build, folder }) =>
      build === null ? [] : [{ config: build.config, folder }],
    );
    const describing = built.map(async ({ config: { name, webhooks, schedules }, folder }) => {
      const ticks = schedules.length === 0 ? [] : (await this.#client.schedules.list(name)).schedules;
      return {
        name,
        folder,
        url: `${this.url}/fn/${name}/`,
        webhooks: webhooks.map((webhook) => ({ name: webhook.name, url: `${this.url}/hooks/${name}/${webhook.name}` })),
        schedules: schedules.map((schedule) => {
          const next = ticks.find((tick) => tick.name === schedule.name)?.next[0] ?? null;
          return { name: schedule.name, cron: schedule.cron, timezone: schedule.timezone, next };
        }),
      };
    });
    return Promise.all(describing);
  }

  async runSchedule(name: string, schedule: string): Promise<void> {
    await this.#client.schedules.run(name, schedule, { v: PROTOCOL_VERSION, at: null });
  }

  /** The newest delivery to any of the functions, run again as it was. Null: there was none. */
  async resendWebhook(): Promise<{ readonly name: string; readonly source: string | null } | null> {
    const lists = this.#reloads
      .flatMap(({ build }) => build ?? [])
      .map(async ({ config: { name } }) => {
        const { events } = await this.#client.events.list(name, { trigger: 'webhook', limit: '1' });
        return events;
      });
    const [newest] = (await Promise.all(lists)).flat().toSorted((a, b) => (a.acceptedAt < b.acceptedAt ? 1 : -1));
    if (newest === undefined) return null;
    await this.#client.events.replay(newest.event, { v: PROTOCOL_VERSION, key: newKey() });
    return { name: newest.function, source: newest.source };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const feed of this.#feeds.values()) feed.abort();
    for (const reload of this.#reloads) reload[Symbol.dispose]();
    await this.#resources.disposeAsync();
  }

  async #begin(): Promise<void> {
    const { folders, onEvent, isInspected } = this.#options;
    await this.#deleteVersions();
    for (const folder of folders) {
      const onNamed = async (name: string, before: string | null): Promise<void> => this.#onNamed(name, before);
      this.#reloads.push(new FunctionReload({ folder, client: this.#client, isInspected, onEvent, onNamed }));
    }
    await Promise.all(this.#reloads.map((reload) => reload.start()));
  }

  async #onNamed(name: string, before: string | null): Promise<void> {
    const { onEvent } = this.#options;
    if (before !== null) {
      this.#feeds.get(before)?.abort();
      this.#feeds.delete(before);
      await this.#client.deleteFunction(before, { purge: false });
    }
    const feed = new AbortController();
    this.#feeds.set(name, feed);
    await feedLogs(this.#client, name, { signal: feed.signal, onEvent });
    await feedRuns(this.#client, name, { signal: feed.signal, onEvent });
  }

  /** Of earlier sessions, a version for each save; what the functions keep stays. */
  async #deleteVersions(): Promise<void> {
    const { functions } = await this.#client.listFunctions();
    await Promise.all(functions.map(({ name }) => this.#client.deleteFunction(name, { purge: true })));
  }
}

/** The data is nobody's to commit, whatever the folder's own .gitignore says. */
async function prepareData(root: string): Promise<string> {
  const folder = join(root, DATA);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '.gitignore'), '*\n');
  return join(folder, 'dev');
}
